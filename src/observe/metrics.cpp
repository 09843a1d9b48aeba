#include "observe/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/version.h"

namespace clipmill {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

/// From a small clip's stage to a day's training, in seconds.
const Histogram::BucketBoundaries& duration_buckets() {
  static const Histogram::BucketBoundaries buckets = {0.1, 0.3, 1,   3,    10,   30,    60,
                                                      120, 300, 600, 1800, 3600, 21600, 86400};
  return buckets;
}

Family<Gauge>& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Histogram>& histogram(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;
  Family<Counter>& jobs_ended =
      counter(registry, "clipmill_jobs_ended_total", "Jobs that ended, by outcome.");
  Family<Counter>& retries =
      counter(registry, "clipmill_job_retries_total", "Attempts that failed and whose job waits again.");
  Family<Counter>& output =
      counter(registry, "clipmill_output_bytes_total", "Bytes of finished clips and models.");
  Family<Counter>& plans = counter(registry, "clipmill_plan_changes_total",
                                   "Stages that did not fit and went on under a smaller memory plan.");
  Family<Counter>& leaked =
      counter(registry, "clipmill_leaked_bytes_total", "Device memory that jobs left behind.");
  Family<Histogram>& waits = histogram(registry, "clipmill_job_waiting_seconds",
                                       "From a job's submission, or the end of what it needs, to its start.");
  Family<Histogram>& runs =
      histogram(registry, "clipmill_job_running_seconds", "From a job's start to its end.");
  Family<Histogram>& stages =
      histogram(registry, "clipmill_stage_busy_seconds", "Busy time of a stage of a job.");
  Family<Gauge>& jobs = gauge(registry, "clipmill_jobs", "Jobs in the queue, by state.");
  Family<Gauge>& startable =
      gauge(registry, "clipmill_jobs_startable", "Jobs that wait for nothing but a device.");
  Family<Gauge>& paused = gauge(registry, "clipmill_queue_paused", "1 while the queue is paused.");
  Family<Gauge>& share = gauge(registry, "clipmill_waiting_ratio",
                               "Part of their time that jobs wait, over the last window, by class.");
  Family<Gauge>& budget =
      gauge(registry, "clipmill_device_memory_budget_bytes", "Device memory that jobs may take.");
  Family<Gauge>& total =
      gauge(registry, "clipmill_device_memory_size_bytes", "Memory of the card, where it has its own.");
  Family<Gauge>& used =
      gauge(registry, "clipmill_device_memory_used_bytes", "Device memory in use by everybody.");
  Family<Gauge>& held =
      gauge(registry, "clipmill_device_memory_held_bytes", "Device memory that workers hold, by category.");
  Family<Gauge>& foreign =
      gauge(registry, "clipmill_device_memory_foreign_bytes", "Device memory that other programs hold.");
  Family<Gauge>& utilisation =
      gauge(registry, "clipmill_device_utilisation_ratio", "Part of the time that the device computes.");
  Family<Gauge>& power = gauge(registry, "clipmill_device_power_watts", "Power that the device draws.");
  Family<Gauge>& temperature =
      gauge(registry, "clipmill_device_temperature_celsius", "Temperature of the chip.");
  Family<Gauge>& up = gauge(registry, "clipmill_device_up", "1 while the device gets jobs.");
  Family<Gauge>& device_jobs = gauge(registry, "clipmill_device_jobs", "Jobs that run on the device.");
  Family<Gauge>& alarms =
      gauge(registry, "clipmill_alarm_firing", "1 while an alarm of the service itself fires.");
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  gauge(families_->registry, "clipmill_build_info", "Always 1; the version is a label.")
      .Add({{"version", std::string(kVersion)}})
      .Set(1);
  // What has not happened yet is 0, so that its first time is an increase.
  for (const auto kind : {ErrorKind::kWorker, ErrorKind::kOutOfMemory, ErrorKind::kDevice, ErrorKind::kIo})
    families_->retries.Add({{"reason", std::string(to_string(kind))}});
  for (const auto outcome : {"done", "failed", "cancelled"})
    families_->jobs_ended.Add({{"outcome", outcome}});
}
Metrics::~Metrics() = default;

void Metrics::count(const Event& event) {
  Families& f = *families_;
  std::visit(
      Overloaded{
          [&](const StageFinished& e) {
            f.stages
                .Add({{"stage", std::string(to_string(e.stage))}, {"device", event.device}},
                     duration_buckets())
                .Observe(e.seconds);
          },
          [&](const JobFinished& e) {
            f.jobs_ended.Add({{"outcome", "done"}}).Increment();
            f.output.Add({}).Increment(static_cast<double>(e.output_bytes));
          },
          [&](const JobFailed& e) {
            const bool cancelled = e.kind == ErrorKind::kCancelled;
            f.jobs_ended.Add({{"outcome", cancelled ? "cancelled" : "failed"}}).Increment();
          },
          [&](const JobRetried& e) {
            f.retries.Add({{"reason", std::string(to_string(e.why.kind))}}).Increment();
          },
          [&](const PlanChanged& e) {
            f.plans.Add({{"stage", std::string(to_string(e.stage))}, {"device", event.device}}).Increment();
          },
          [&](const LeakFound& e) {
            f.leaked.Add({{"device", event.device}}).Increment(static_cast<double>(e.bytes));
          },
          [](const auto&) {},
      },
      event.what);
}

void Metrics::ended(const JobTimes& job, bool wait_is_known) {
  const prometheus::Labels kind = {{"class", std::string(to_string(job.kind))}};
  if (wait_is_known) families_->waits.Add(kind, duration_buckets()).Observe(job.wait);
  families_->runs.Add(kind, duration_buckets()).Observe(job.run);
}

void Metrics::show(const Sample& sample) {
  Families& f = *families_;
  for (const auto& [state, name] : kJobStates)
    f.jobs.Add({{"state", std::string(name)}}).Set(sample.counts[static_cast<std::size_t>(state)]);
  f.startable.Add({}).Set(sample.startable);
  f.paused.Add({}).Set(sample.paused ? 1 : 0);
  for (std::size_t i = 0; i < kJobClasses.size(); ++i)
    f.share.Add({{"class", std::string(kJobClasses[i])}}).Set(sample.waiting_share[i].value_or(0));
  for (const DeviceSample& device : sample.devices) {
    const auto set = [&](Family<Gauge>& family, double value) {
      family.Add({{"device", device.name}}).Set(value);
    };
    const DeviceReading& now = device.reading;
    set(f.budget, static_cast<double>(device.budget_bytes));
    set(f.used, static_cast<double>(now.used_bytes));
    set(f.foreign, static_cast<double>(now.foreign_bytes));
    set(f.up, now.trouble.empty() ? 1 : 0);
    set(f.device_jobs, static_cast<double>(device.jobs.size()));
    if (now.total_bytes > 0) set(f.total, static_cast<double>(now.total_bytes));
    if (now.utilisation) set(f.utilisation, *now.utilisation);
    if (now.power_watts) set(f.power, *now.power_watts);
    if (now.temperature_celsius) set(f.temperature, *now.temperature_celsius);
    const BytesByCategory held = now.held.value_or(BytesByCategory());
    for (std::size_t i = 0; i < kMemoryCategories.size(); ++i)
      f.held.Add({{"device", device.name}, {"category", std::string(kMemoryCategories[i])}})
          .Set(static_cast<double>(held.bytes[i]));
  }
}

void Metrics::show(const Alarm& alarm) {
  families_->alarms.Add({{"alarm", alarm.name}, {"subject", alarm.subject}}).Set(alarm.firing ? 1 : 0);
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace clipmill
