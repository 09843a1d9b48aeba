#include "manifest/clip_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "core/event.h"
#include "manifest/name_template.h"
#include "manifest/seeds.h"

namespace clipmill {
namespace {

constexpr std::string_view kSeed = "seed", kSeeds = "seeds", kCount = "count";

/// The keys of a sweep, which are no settings of a job.
bool is_sweep(std::string_view key) { return key == kSeeds || key == kCount; }

void report(std::vector<Diagnostic>& problems, const Entry& entry, std::string_view message) {
  problems.push_back({{}, entry.line, entry.column, fmt::format("{} {}", entry.key, message)});
}

void check_key(const Entry& entry, std::vector<Diagnostic>& problems) {
  if (find_job_field(entry.key) || is_sweep(entry.key)) return;
  std::vector<std::string_view> known = {kSeeds, kCount};
  for (const JobField& field : job_fields()) known.push_back(field.key);
  const std::string_view close = nearest(entry.key, known);
  const std::string hint = close.empty() ? "" : fmt::format(": did you mean \"{}\"?", close);
  problems.push_back(
      {{}, entry.key_line, entry.column, fmt::format("unknown key \"{}\"{}", shorten(entry.key, 60), hint)});
}

FieldValue field_value(const JobField& field, const EntryValue& value) {
  const bool text = field.type == FieldType::kText;
  const std::string_view wanted = text ? "a text" : "a number";
  return std::visit(
      Overloaded{
          [&](const UntypedText& cell) { return parse_field(field, text ? cell.text : trimmed(cell.text)); },
          [&](const OtherValue& other) -> FieldValue {
            throw input_error("must be {}, not {}", wanted, other.type);
          },
          [&](const std::vector<std::int64_t>& list) -> FieldValue {
            if (list.empty() && is_list(field.use)) return std::string();
            throw input_error("must be {}, not a list", wanted);
          },
          [&](const std::vector<std::string>& list) -> FieldValue {
            if (!is_list(field.use)) throw input_error("must be {}, not a list", wanted);
            return text_of_list(field, list);
          },
          [](const auto& plain) { return FieldValue(plain); },
      },
      value);
}

void set_field(JobSpec& spec, const JobField& field, const EntryValue& value) {
  const FieldValue checked = field_value(field, value);
  field.set(spec, checked);
  if (field.use == FieldUse::kWrites) check_template(std::get<std::string>(checked));
}

std::vector<std::int64_t> seeds_of(const EntryValue& value) {
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) return checked_seeds(*list);
  if (const auto* text = std::get_if<std::string>(&value)) return parse_seeds(*text);
  if (const auto* cell = std::get_if<UntypedText>(&value)) return parse_seeds(cell->text);
  if (const auto* seed = std::get_if<std::int64_t>(&value)) return checked_seeds({*seed});
  throw input_error("must be seeds as [1, 2, 3], \"1..8\" or \"1,2,3\"");
}

std::int64_t count_of(const EntryValue& value) {
  static constexpr JobField kField{kCount, FieldType::kInteger, {}, {}, nullptr, nullptr};
  const FieldValue count = field_value(kField, value);
  const auto* whole = std::get_if<std::int64_t>(&count);
  if (!whole || *whole < 1 || *whole > kMostSeeds)
    throw input_error("must be a whole number from 1 to {}", kMostSeeds);
  return *whole;
}

void set_sweep(ClipPlan& plan, const Entry& entry) {
  if (entry.key == kSeeds) {
    plan.seeds = seeds_of(entry.value);
  } else if (entry.key == kCount) {
    plan.count = count_of(entry.value);
  }
}

/// Forgets what lower layers said of the seeds, where this layer says otherwise.
void reset_sweep(ClipPlan& plan, std::span<const Entry> entries, std::vector<Diagnostic>& problems) {
  const auto find = [&](std::string_view key) { return std::ranges::find(entries, key, &Entry::key); };
  const auto seed = find(kSeed), seeds = find(kSeeds), count = find(kCount);
  if (seed != entries.end() || count != entries.end()) plan.seeds.reset();
  if (seeds == entries.end()) return;
  plan.count = 1;
  if (seed != entries.end() || count != entries.end()) {
    report(problems, *seeds, "is a list of its own: leave out seed and count");
  }
}

/// In the order of the table, sweeps last: a shorthand comes before its parts.
std::vector<const Entry*> in_table_order(std::span<const Entry> entries) {
  std::vector<const Entry*> ordered;
  for (const Entry& entry : entries) ordered.push_back(&entry);
  const auto place = [](const Entry* entry) {
    const JobField* field = find_job_field(entry->key);
    return field ? field - job_fields().data() : std::ssize(job_fields());
  };
  std::ranges::stable_sort(ordered, {}, place);
  return ordered;
}

}  // namespace

std::vector<std::int64_t> ClipPlan::all_seeds() const {
  return seeds ? *seeds : consecutive_seeds(static_cast<std::int64_t>(spec.clip.seed), count);
}

void apply_layer(ClipPlan& plan, std::span<const Entry> entries, std::vector<Diagnostic>& problems) {
  check_keys(entries, problems);
  reset_sweep(plan, entries, problems);
  for (const Entry* entry : in_table_order(entries)) {
    try {
      if (const JobField* field = find_job_field(entry->key)) {
        set_field(plan.spec, *field, entry->value);
      } else {
        set_sweep(plan, *entry);
      }
    } catch (const Error& error) {
      report(problems, *entry, error.what());
    }
  }
}

void check_keys(std::span<const Entry> entries, std::vector<Diagnostic>& problems) {
  for (const Entry& entry : entries) check_key(entry, problems);
}

}  // namespace clipmill
