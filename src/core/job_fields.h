// The one table of everything a user may set on a job. Manifest keys, command-line flags, the store's and the
// link's JSON, shell completion and the reference in the docs all come from it: a new option is a line here.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/job.h"

namespace clipmill {

enum class FieldType { kText, kInteger, kNumber };
using FieldValue = std::variant<std::int64_t, double, std::string>;

/// Paths that are read are looked for, paths that are written are templates. What only schedules or shows the
/// work does not change the clip. kReadsEach: a list, its pieces apart by semicolons; a repeated flag and a
/// manifest's list of texts add up to it. kNeeds: such a list too, of other jobs' outputs. kWords: a list of
/// words, apart by spaces and quoted as in a shell.
enum class FieldUse { kSetting, kScheduling, kReads, kReadsEach, kWrites, kNeeds, kWords };

/// Texts reach the model as at most a few thousand tokens; more bytes than this is a mistake, not a prompt.
inline constexpr std::size_t kLongestText = 20'000;

struct JobField {
  std::string_view key;  ///< in manifests and JSON; the flag is "--" + key with dashes
  FieldType type;
  std::string_view value_name;  ///< for --help: "PIXELS"
  std::string_view help;
  /// Checks and sets. Throws Error(kInput) that says what is allowed; the caller names the place.
  void (*set)(JobSpec&, const FieldValue&);
  /// Empty when unset (the default applies) or when the field is a shorthand for others.
  std::optional<FieldValue> (*get)(const JobSpec&);
  FieldUse use = FieldUse::kSetting;
};

/// A value given from outside for the field of that key, as a command-line flag.
struct Override {
  std::string key;
  FieldValue value;
};

std::span<const JobField> job_fields();
/// nullptr if there is none.
const JobField* find_job_field(std::string_view key);
/// The paths that the field holds in `spec`: none, one, or of a list each.
std::vector<std::string> paths_in(const JobField& field, const JobSpec& spec);
void replace_paths(const JobField& field, JobSpec& spec,
                   const std::function<std::string(const std::string&)>& replacement);
/// Whether a list of texts may stand for the field's one text.
constexpr bool is_list(FieldUse use) {
  return use == FieldUse::kReadsEach || use == FieldUse::kNeeds || use == FieldUse::kWords;
}
/// Between the pieces of a list.
inline constexpr char kListSeparator = ';';
/// The one text that a manifest's list of texts means.
std::string text_of_list(const JobField& field, std::span<const std::string> list);
/// The one text that a repeated flag means.
std::string text_of_repeated(const JobField& field, std::span<const std::string> given);
/// `text` as the field's type. Throws Error(kInput).
FieldValue parse_field(const JobField& field, std::string_view text);

/// With `kind`, `recipe` and `inputs`, which are no options of a clip; without a clip's settings where there
/// is none.
nlohmann::json to_json(const JobSpec& spec);
/// Throws Error(kInput) naming the key.
JobSpec job_from_json(const nlohmann::json& object);

std::string_view to_string(Precision precision);
/// Throws Error(kInput) that says what is allowed.
Precision precision_from(std::string_view name);
std::string_view to_string(JobKind kind);

}  // namespace clipmill
