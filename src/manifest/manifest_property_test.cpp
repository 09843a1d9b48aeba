// The three formats say the same, and slips of the pen are found on their line.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/job_generator.h"
#include "manifest/manifest.h"
#include "manifest/manifest_writer.h"

namespace clipmill {
namespace {

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

/// A name that no other clip has, whatever braces it holds.
std::string own_name(const std::string& text, std::string_view key, int index) {
  std::string name = fmt::format("{}-{}-", key, index);
  for (const char c : text) name += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
  return key == "output" ? name + ".mp4" : name;
}

test::Clip arbitrary_clip(int index) {
  test::Clip clip;
  for (const JobField& field : job_fields()) {
    const bool shorthand = field.key == "size" || field.key == "output_size";
    if (shorthand || !*rc::gen::arbitrary<bool>()) continue;
    FieldValue value = *test::value_of(field);
    if (field.use == FieldUse::kWrites) value = own_name(std::get<std::string>(value), field.key, index);
    clip[std::string(field.key)] = value;
  }
  const auto prompt = clip.find("prompt");
  if (prompt == clip.end() || is_blank(std::get<std::string>(prompt->second)))
    clip["prompt"] = "a \"prompt\", 提示";
  return clip;
}

std::vector<test::Clip> arbitrary_clips() {
  std::vector<test::Clip> clips;
  const int count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) clips.push_back(arbitrary_clip(i));
  return clips;
}

/// What the clips say, straight through the table.
nlohmann::json expected(const std::vector<test::Clip>& clips) {
  nlohmann::json jobs;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    JobSpec job;
    for (const auto& [key, value] : clips[i]) find_job_field(key)->set(job, value);
    nlohmann::json object = to_json(job);
    for (const JobField& field : job_fields()) {
      if (field.use == FieldUse::kWrites) object.erase(std::string(field.key));
    }
    jobs.push_back(object);
  }
  return jobs;
}

nlohmann::json without_written(const Manifest& manifest) {
  nlohmann::json jobs;
  for (const JobSpec& job : manifest.jobs) {
    nlohmann::json object = to_json(job);
    for (const JobField& field : job_fields()) {
      if (field.use == FieldUse::kWrites) object.erase(std::string(field.key));
    }
    jobs.push_back(object);
  }
  return jobs;
}

nlohmann::json as_json(const Manifest& manifest) {
  nlohmann::json jobs;
  for (const JobSpec& job : manifest.jobs) jobs.push_back(to_json(job));
  return jobs;
}

RC_GTEST_PROP(ManifestFormats, AllThreeMeanTheSame, ()) {
  const std::vector<test::Clip> clips = arbitrary_clips();
  const Manifest toml = parse_manifest(test::as_toml(clips), Format::kToml, "a.toml", {});
  const Manifest jsonl = parse_manifest(test::as_jsonl(clips), Format::kJsonLines, "a.jsonl", {});
  const Manifest csv = parse_manifest(test::as_csv(clips), Format::kCsv, "a.csv", {});
  RC_ASSERT(without_written(toml) == expected(clips));
  RC_ASSERT(as_json(jsonl) == as_json(toml));
  RC_ASSERT(as_json(csv) == as_json(toml));
}

/// `key` with one letter left out, doubled, or replaced.
std::string slip(std::string key) {
  const auto at = *rc::gen::inRange<std::size_t>(0, key.size());
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      return key.erase(at, 1);
    case 1:
      return key.insert(at, 1, key[at]);
    default:
      key[at] = 'q';
      return key;
  }
}

std::vector<Diagnostic> problems_of(const std::string& text, Format format) {
  try {
    parse_manifest(text, format, "m", {});
  } catch (const ManifestError& error) {
    return error.diagnostics();
  }
  return {};
}

RC_GTEST_PROP(ManifestFormats, ASlipInAKeyIsFoundOnItsLine, ()) {
  std::vector<test::Clip> clips = arbitrary_clips();
  const auto chosen = *rc::gen::inRange<std::size_t>(0, clips.size());
  test::Clip& clip = clips[chosen];
  const std::string right = *rc::gen::elementOf([&] {
    std::vector<std::string> keys;
    for (const JobField& field : job_fields()) keys.emplace_back(field.key);
    return keys;
  }());
  const std::string wrong = slip(right);
  RC_PRE(!find_job_field(wrong) && wrong != "seeds" && wrong != "count");
  clip[wrong] = *test::value_of(*find_job_field(right));
  if (clip[wrong] == FieldValue("")) clip[wrong] = "x";  // an empty cell would not set it

  int line = 0;
  for (std::size_t i = 0; i < chosen; ++i) line += 1 + static_cast<int>(clips[i].size());
  line += 2 + static_cast<int>(std::distance(clip.begin(), clip.find(wrong)));
  const std::string message = fmt::format("unknown key \"{}\": did you mean \"", wrong);

  const auto toml = problems_of(test::as_toml(clips), Format::kToml);
  RC_ASSERT(toml.size() == 1u);
  RC_ASSERT(toml[0].line == line);
  RC_ASSERT(toml[0].message.starts_with(message));
  const auto jsonl = problems_of(test::as_jsonl(clips), Format::kJsonLines);
  RC_ASSERT(jsonl.size() == 1u);
  RC_ASSERT(jsonl[0].line == static_cast<int>(chosen) + 1);
  RC_ASSERT(jsonl[0].message == toml[0].message);
  const auto csv = problems_of(test::as_csv(clips), Format::kCsv);
  RC_ASSERT(csv.size() == 1u);
  RC_ASSERT(csv[0].line == 1);
  RC_ASSERT(csv[0].message == toml[0].message);
}

}  // namespace
}  // namespace clipmill
