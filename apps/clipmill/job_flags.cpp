#include "clipmill/job_flags.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace clipmill {
namespace {

std::string flag_name(std::string_view key) {
  std::string name = "--" + std::string(key);
  std::ranges::replace(name, '_', '-');
  return name;
}

/// Seeds are a list or a range: the manifest room reads it.
FieldValue value_of(const std::string& key, const std::string& text) {
  const JobField* field = find_job_field(key == "count" ? "seed" : key);
  return field ? parse_field(*field, text) : FieldValue(text);
}

/// Of a flag given more than once the last counts, or of a list's all.
std::string text_of(const std::string& key, const CLI::Option& option) {
  const JobField* field = find_job_field(key);
  return field ? text_of_repeated(*field, option.results()) : option.results().back();
}

/// " [81]", or nothing where the field is empty by default or the help says it.
std::string default_of(const JobField& field) {
  const auto value = field.get(JobSpec());
  if (!value || *value == FieldValue(std::int64_t{0}) || *value == FieldValue(0.0)) return "";
  return std::visit([](const auto& v) { return fmt::format(" [{}]", v); }, *value);
}

}  // namespace

JobFlags::JobFlags(CLI::App& command) {
  const auto add = [&](std::string_view key, std::string_view value_name, std::string_view help) {
    const std::string description(help);
    CLI::Option* option = command.add_option(flag_name(key), description);
    option->type_name(std::string(value_name))->expected(1)->allow_extra_args(false)->group("The clip");
    const JobField* field = find_job_field(key);
    const bool list = field && is_list(field->use);
    option->multi_option_policy(list ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
    flags_.push_back({std::string(key), option});
  };
  for (const JobField& field : job_fields())
    add(field.key, field.value_name, std::string(field.help) + default_of(field));
  add("seeds", "LIST", "several clips: 1,2,3 or 1..8");
  add("count", "N", "that many clips with consecutive seeds");
}

std::vector<Override> JobFlags::given() const {
  std::vector<Override> overrides;
  for (const auto& [key, option] : flags_) {
    if (option->count() == 0) continue;
    try {
      overrides.push_back({key, value_of(key, text_of(key, *option))});
    } catch (const Error& error) {
      throw input_error("{} {}", flag_name(key), error.what());
    }
  }
  return overrides;
}

std::string JobFlags::text(std::string_view key) const {
  const auto flag = std::ranges::find(flags_, key, &Flag::key);
  return flag == flags_.end() || flag->option->count() == 0 ? std::string() : flag->option->results().back();
}

}  // namespace clipmill
