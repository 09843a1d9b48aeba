#include "core/device_table.h"

#include <algorithm>

namespace clipmill {
namespace {

/// A job that is late is expected to be so for as long again: an estimate that was wrong is not near its end.
double expected_end(double end, double now) { return end >= now ? end : now + (now - end); }

/// A reservation looks at so many devices, those that change next: enough to find a good one.
constexpr int kLookedAt = 64;

bool delays(const Reservation& kept, const Demand& demand, double end) {
  return end > kept.opening.at && (demand.bytes > kept.spare || kept.spare_lanes == 0);
}

}  // namespace

DeviceTable::DeviceTable(std::vector<DeviceSpec> devices)
    : specs_(std::move(devices)), devices_(specs_.size()) {
  for (const DeviceSpec& spec : specs_) {
    main_.kinds.try_emplace(spec.speed, Kind{spec.speed, {}, {}});
    decode_.kinds.try_emplace(spec.speed, Kind{spec.speed, {}, {}});
  }
  for (int device = 0; device < static_cast<int>(specs_.size()); ++device) enter(device);
}

/// Into the sets that answer questions; leave() before anything about the device changes.
void DeviceTable::enter(int device) {
  const Device& d = devices_[index(device)];
  const DeviceSpec& spec = specs_[index(device)];
  if (!d.running.empty()) next_ends_.emplace(d.running.front().end, device);
  if (!d.available) return;
  if (static_cast<int>(d.running.size()) - d.decoding < spec.lanes) enter(main_, device);
  if (d.decoding < spec.decode_lanes) enter(decode_, device);
}

void DeviceTable::enter(Lanes& lanes, int device) {
  const Device& d = devices_[index(device)];
  Kind& kind = lanes.kinds.at(specs_[index(device)].speed);
  lanes.by_load.emplace(d.load, device);
  kind.all.emplace(free_bytes(device), device);
  kind.by_model[d.model].emplace(free_bytes(device), device);
}

void DeviceTable::leave(int device) {
  const Device& d = devices_[index(device)];
  if (!d.running.empty()) next_ends_.erase({d.running.front().end, device});
  leave(main_, device);
  leave(decode_, device);
}

void DeviceTable::leave(Lanes& lanes, int device) {
  const Device& d = devices_[index(device)];
  lanes.by_load.erase({d.load, device});
  Kind& kind = lanes.kinds.at(specs_[index(device)].speed);
  kind.all.erase({free_bytes(device), device});
  const auto same = kind.by_model.find(d.model);
  if (same == kind.by_model.end()) return;
  same->second.erase({free_bytes(device), device});
  if (same->second.empty()) kind.by_model.erase(same);
}

double DeviceTable::work_seconds(int device, const Demand& demand) const {
  const double load = resident(device, demand.model) ? 0 : demand.load_seconds;
  return load + demand.seconds / specs_[index(device)].speed;
}

void DeviceTable::start(JobId job, int device, const Demand& demand, double now) {
  leave(device);
  Device& d = devices_[index(device)];
  const bool decodes = demand.part == Part::kDecode;
  const Running running{job, now + work_seconds(device, demand), demand.bytes, decodes};
  d.running.insert(std::ranges::upper_bound(d.running, running.end, {}, &Running::end), running);
  d.reserved += demand.bytes;
  d.load += running.end - now;
  d.decoding += decodes;
  if (!decodes) d.model = demand.model;
  where_.emplace(job, device);
  enter(device);
}

std::optional<int> DeviceTable::end(JobId job) {
  const auto found = where_.find(job);
  if (found == where_.end()) return std::nullopt;
  const int device = found->second;
  where_.erase(found);
  leave(device);
  Device& d = devices_[index(device)];
  const auto running = std::ranges::find(d.running, job, &Running::job);
  d.reserved -= running->bytes;
  d.decoding -= running->decodes;
  d.running.erase(running);
  enter(device);
  return device;
}

void DeviceTable::set_available(int device, bool available) {
  leave(device);
  devices_[index(device)].available = available;
  if (!available) devices_[index(device)].model = -1;
  enter(device);
}

void DeviceTable::set_foreign_bytes(int device, std::int64_t bytes) {
  leave(device);
  devices_[index(device)].foreign = bytes;
  enter(device);
}

std::optional<DeviceTable::ExpectedEnd> DeviceTable::next_end() const {
  if (next_ends_.empty()) return std::nullopt;
  const Running& first = devices_[index(next_ends_.begin()->second)].running.front();
  return ExpectedEnd{first.job, first.end};
}

Wait DeviceTable::wait_of(int device, const Demand* first) const {
  if (!first) return Wait::kNothing;
  const Device& d = devices_[index(device)];
  const int lanes = lanes_for(first->part, spec(device));
  const int taken =
      first->part == Part::kDecode ? d.decoding : static_cast<int>(d.running.size()) - d.decoding;
  return taken < lanes && free_bytes(device) < first->bytes ? Wait::kMemory : Wait::kWork;
}

std::int64_t DeviceTable::free_bytes(int device) const {
  const Device& d = devices_[index(device)];
  return specs_[index(device)].bytes - d.reserved - d.foreign;
}

std::int64_t DeviceTable::largest_free() const {
  std::int64_t largest = 0;
  for (const auto& [speed, kind] : main_.kinds) {
    if (!kind.all.empty()) largest = std::max(largest, kind.all.rbegin()->first);
  }
  return largest;
}

std::vector<DeviceTable::Size> DeviceTable::sizes(Part part) const {
  std::map<std::int64_t, Size, std::greater<>> by_bytes;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    if (!devices_[i].available || lanes_for(part, specs_[i]) == 0) continue;
    ++by_bytes.try_emplace(specs_[i].bytes, Size{&specs_[i], 0}).first->second.count;
  }
  std::vector<Size> sizes;
  for (const auto& [bytes, size] : by_bytes)
    sizes.push_back({size.device, size.count + (sizes.empty() ? 0 : sizes.back().count)});
  return sizes;
}

const DeviceSpec* DeviceTable::largest(Part part) const {
  const DeviceSpec* largest = nullptr;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    if (!devices_[i].available || lanes_for(part, specs_[i]) == 0) continue;
    if (!largest || specs_[i].bytes > largest->bytes) largest = &specs_[i];
  }
  return largest;
}

std::int64_t DeviceTable::most_left(Part part) const {
  std::int64_t most = 0;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    if (devices_[i].available && lanes_for(part, specs_[i]) > 0)
      most = std::max(most, specs_[i].bytes - devices_[i].foreign);
  }
  return most;
}

int DeviceTable::decode_lanes() const {
  int lanes = 0;
  for (std::size_t i = 0; i < specs_.size(); ++i) lanes += devices_[i].available ? specs_[i].decode_lanes : 0;
  return lanes;
}

std::optional<int> DeviceTable::smallest_fit(const ByFree& devices, const Demand& demand, double end,
                                             const Reservation* kept) const {
  for (auto each = devices.lower_bound({demand.bytes, -1}); each != devices.end(); ++each) {
    const bool reserved = kept && each->second == kept->opening.device;
    if (!reserved || !delays(*kept, demand, end)) return each->second;
  }
  return std::nullopt;
}

std::optional<Opening> DeviceTable::now_of_kind(const Kind& kind, const Demand& demand, double now,
                                                const Reservation* kept) const {
  const double end = now + demand.seconds / kind.speed;
  if (const auto same = kind.by_model.find(demand.model); same != kind.by_model.end()) {
    if (const auto device = smallest_fit(same->second, demand, end, kept)) return Opening{*device, now, end};
  }
  const double after_loading = end + demand.load_seconds;
  const auto device = smallest_fit(kind.all, demand, after_loading, kept);
  return device ? std::optional(Opening{*device, now, after_loading}) : std::nullopt;
}

std::optional<Opening> DeviceTable::now(const Demand& demand, double now, const Reservation* kept) const {
  std::optional<Opening> best;
  for (const auto& [speed, kind] : lanes(demand).kinds) {
    const auto opening = now_of_kind(kind, demand, now, kept);
    if (opening && (!best || opening->finish < best->finish)) best = opening;
  }
  return best;
}

std::optional<Opening> DeviceTable::least_loaded(const Demand& demand, double now,
                                                 const Reservation* kept) const {
  for (const auto& [load, device] : lanes(demand).by_load) {
    const double end = now + work_seconds(device, demand);
    const bool reserved = kept && device == kept->opening.device && delays(*kept, demand, end);
    if (free_bytes(device) >= demand.bytes && !reserved) return Opening{device, now, end};
  }
  return std::nullopt;
}

/// Running jobs leave in the order of their ends.
std::optional<Reservation> DeviceTable::later_on(int device, const Demand& demand, double now) const {
  const Device& d = devices_[index(device)];
  if (!d.available) return std::nullopt;
  std::int64_t free = free_bytes(device);
  int lanes = specs_[index(device)].lanes - (static_cast<int>(d.running.size()) - d.decoding);
  double at = now;
  auto next = d.running.begin();
  for (; (free < demand.bytes || lanes == 0) && next != d.running.end(); ++next) {
    free += next->bytes, lanes += !next->decodes;
    at = std::max(at, expected_end(next->end, now));
  }
  if (free < demand.bytes || lanes == 0) return std::nullopt;
  return Reservation{0, {device, at, at + work_seconds(device, demand)}, free - demand.bytes, lanes - 1};
}

std::optional<Reservation> DeviceTable::later(JobId job, const Demand& demand, double now) const {
  std::optional<Reservation> best;
  int looked_at = 0;
  for (auto each = next_ends_.begin(); each != next_ends_.end() && looked_at < kLookedAt;
       ++each, ++looked_at) {
    const auto found = later_on(each->second, demand, now);
    if (found && (!best || found->opening.finish < best->opening.finish)) best = found;
  }
  if (best) best->job = job;
  return best;
}

}  // namespace clipmill
