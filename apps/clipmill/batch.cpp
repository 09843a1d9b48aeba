#include "clipmill/batch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "base/atomic_file.h"
#include "base/version.h"
#include "checkpoint/model_folder.h"
#include "clipmill/command.h"
#include "clipmill/interrupt.h"
#include "core/dispatcher.h"
#include "cost/limits.h"
#include "fleet/local_runner.h"
#include "manifest/manifest_error.h"
#include "media/clip_render.h"
#include "observe/account.h"
#include "observe/fan_out.h"
#include "observe/progress.h"
#include "observe/report.h"
#include "observe/summary.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// A killed worker cannot remove its half-written files: we do, once it is gone.
class CleanUp : public EventSink {
 public:
  explicit CleanUp(const std::vector<Job>& jobs) {
    for (const Job& job : jobs) specs_[job.id] = job.spec;
  }

  void on_event(const Event& event) override {
    const auto* failure = std::get_if<JobFailed>(&event.what);
    if (failure && failure->kind == ErrorKind::kWorker) remove_leftovers(specs_.at(event.job));
  }

  static void remove_leftovers(const JobSpec& spec) {
    for (const std::string& output : {spec.output, spec.contact_sheet, spec.poster}) {
      if (!output.empty()) remove_orphans(output);
    }
    if (spec.save_tensors.empty()) return;
    for (const char* name : {"latents", "frames", "prompt_embeds"}) {
      remove_orphans(fs::path(spec.save_tensors) / fmt::format("{}.safetensors", name));
    }
  }

 private:
  std::map<JobId, JobSpec> specs_;
};

void check_models(const Manifest& manifest) {
  const auto problems = check_limits(manifest, [](const std::string& model) { return limits_of(ModelFolder::open(model)); });
  if (!problems.empty()) throw ManifestError(problems);
}

// What would go wrong after minutes of denoising is found out now.

void check_outputs(const Manifest& manifest) {
  for (const JobSpec& job : manifest.jobs) {
    const AtomicFile probe(job.output);
  }
}

void check_rendering(const Manifest& manifest) {
  std::set<std::tuple<int, int, int, int, std::string, std::string>> seen;
  for (const JobSpec& job : manifest.jobs) {
    const ClipSpec& clip = job.clip;
    if (!seen.emplace(clip.width, clip.height, clip.output_width, clip.output_height, clip.label, clip.filter).second) continue;
    const RenderGraph probe(render_options(clip));
  }
}

/// "cpu" is "cpu:0"; each device once.
std::vector<std::string> full_names(const std::vector<std::string>& devices) {
  static const std::regex kName("(cpu|cuda)(:[0-9]{1,3})?");
  std::vector<std::string> names;
  for (const std::string& device : devices) {
    if (!std::regex_match(device, kName)) throw input_error("no device \"{}\": a device is cpu, cpu:N or cuda:N", device);
    names.push_back(device.find(':') == std::string::npos ? device + ":0" : device);
    if (std::ranges::count(names, names.back()) > 1) throw input_error("device {} is named twice", names.back());
  }
  return names;
}

void add_posters(Manifest& manifest, const fs::path& folder) {
  for (JobSpec& job : manifest.jobs) {
    if (job.poster.empty()) job.poster = (folder / "posters" / fs::path(job.output).filename()).replace_extension(".jpg");
  }
}

std::vector<Job> jobs_of(const SqliteStore& store, const std::vector<JobId>& ids) {
  std::map<JobId, Job> known;
  for (Job& job : store.jobs()) known.emplace(job.id, std::move(job));
  std::vector<Job> jobs;
  for (const JobId id : ids) jobs.push_back(known.at(id));
  return jobs;
}

std::vector<Job> waiting_of(const std::vector<Job>& jobs) {
  std::vector<Job> waiting;
  std::ranges::copy_if(jobs, std::back_inserter(waiting), [](const Job& job) { return job.state == JobState::kWaiting; });
  return waiting;
}

WorkerCommand worker_command(const BatchOptions& options) {
  const fs::path program = options.worker.empty() ? fs::read_symlink("/proc/self/exe").parent_path() / "clipmill-worker" : options.worker;
  return {program, {"--threads", std::to_string(options.threads)}};
}

void write_report(const Account& account, const Manifest& manifest, const BatchOptions& options) {
  ReportOptions report;
  report.title = manifest.file.empty() ? "clipmill run" : fs::path(manifest.file).filename().string();
  report.folder = options.report.parent_path();
  report.environment = {{"clipmill", std::string(kVersion)}, {"devices", fmt::format("{}", fmt::join(options.devices, ", "))}};
  write_file(options.report, report_html(account, report));
}

/// What people read goes to stderr where a program reads stdout.
void tell(const Account& account, const BatchOptions& options, bool interrupted) {
  std::FILE* people = options.json ? stderr : stdout;
  if (account.totals().jobs > 1 || account.totals().failed > 0 || !options.report.empty()) fmt::print(people, "{}", summary_table(account));
  if (!options.report.empty()) fmt::print(people, "report: {}\n", options.report.string());
  if (interrupted) fmt::print(people, "interrupted: what is done stays done; the same command goes on with the rest\n");
  if (options.json) fmt::print("{}\n", to_json(account).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

int run_batch(Manifest manifest, const BatchOptions& options) {
  check_models(manifest);
  const std::vector<std::string> devices = full_names(options.devices);
  check_rendering(manifest);
  check_outputs(manifest);
  if (!options.state_folder.empty()) add_posters(manifest, options.state_folder);

  SqliteStore store(options.state_folder.empty() ? fs::path() : options.state_folder / "jobs.db");
  const std::vector<Job> jobs = jobs_of(store, store.submit(manifest.jobs));
  for (const Job& job : jobs) CleanUp::remove_leftovers(job.spec);

  const SystemClock clock;
  const Interrupt interrupt;
  Account account(jobs, clock);
  bool interrupted = false;
  {
    CleanUp clean_up(jobs);
    Progress progress(jobs, clock, options.json ? stderr : stdout);
    FanOut observers({&clean_up, &account, &progress});
    LocalRunner runner(devices, worker_command(options), {interrupt.fd(), options.verbose});
    Dispatcher dispatcher(store, runner, observers, [&] { return interrupt.requested(); });
    dispatcher.run(waiting_of(jobs));
    interrupted = interrupt.requested();
  }
  if (!options.report.empty()) write_report(account, manifest, options);
  tell(account, options, interrupted);
  return account.totals().failed == 0 && account.totals().unfinished == 0 ? kAllDone : kSomeFailed;
}

}  // namespace clipmill
