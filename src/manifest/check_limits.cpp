#include <map>
#include <optional>

#include "manifest/manifest.h"
#include "manifest/report.h"

namespace clipmill {
namespace {

class LimitCheck {
 public:
  using Read = std::function<ModelLimits(const std::string&)>;
  explicit LimitCheck(const Read& read) : read_(read) {}

  void check(const JobSpec& job, int line) {
    check_command(job, line);
    if (job.kind != JobKind::kClip) return;
    const ModelLimits* limits = limits_of(job.model, line);
    if (!limits) return;
    for (std::string& reason : violations(job.clip, *limits)) problem(line, std::move(reason));
  }

  std::vector<Diagnostic> take() { return std::move(problems_); }

 private:
  /// A command makes what it likes in any size: it only has to be there.
  void check_command(const JobSpec& job, int line) {
    const bool none = job.command.words.empty(), wanted = job.kind == JobKind::kCommand;
    if (none && wanted) problem(line, "command is missing: the program that engine \"command\" runs");
    if (!none && !wanted) problem(line, "command is for engine = \"command\"");
  }

  /// nullptr for a model that cannot be read, which is reported at the first clip that wants it.
  const ModelLimits* limits_of(const std::string& model, int line) {
    const auto [known, fresh] = models_.try_emplace(model);
    if (fresh) known->second = read(model, line);
    return known->second ? &*known->second : nullptr;
  }

  std::optional<ModelLimits> read(const std::string& model, int line) {
    try {
      if (model.empty()) throw input_error("model is missing");
      return read_(model);
    } catch (const Error& error) {
      problem(line, error.what());
      return std::nullopt;
    }
  }

  void problem(int line, std::string message) { problems_.push_back({{}, line, 0, std::move(message)}); }

  const Read& read_;
  std::map<std::string, std::optional<ModelLimits>> models_;
  std::vector<Diagnostic> problems_;
};

}  // namespace

std::vector<Diagnostic> check_limits(const Manifest& manifest,
                                     const std::function<ModelLimits(const std::string&)>& limits) {
  LimitCheck check(limits);
  for (std::size_t i = 0; i < manifest.jobs.size(); ++i) check.check(manifest.jobs[i], manifest.lines[i]);
  return sorted_problems(manifest.file, check.take());
}

}  // namespace clipmill
