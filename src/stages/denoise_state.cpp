#include "stages/denoise_state.h"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/fnv1a.h"
#include "checkpoint/safetensors.h"
#include "core/job_fields.h"
#include "core/memory_ladder.h"

namespace clipmill {
namespace {

/// In the file's metadata; changes with what the tensors mean.
constexpr std::string_view kKind = "clipmill-denoise-state-2";
constexpr std::string_view kHistoryPrefix = "history.";

using Metadata = std::map<std::string, std::string>;

std::string hex(const Fnv1a& hash) { return fmt::format("{:016x}", hash.value()); }

/// Of all that the file says, so that one changed bit anywhere is seen.
std::string checksum_of(const NamedTensors& tensors, const Metadata& metadata) {
  Fnv1a hash;
  for (const char* key : {"kind", "fingerprint", "step", "threads", "plan"})
    hash.add(fmt::format("{}\n", metadata.at(key)));
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor host = tensor.cpu().contiguous();
    hash.add(
        fmt::format("{} {} [{}]\n", name, c10::toString(host.scalar_type()), fmt::join(host.sizes(), ",")));
    hash.add({static_cast<const char*>(host.const_data_ptr()), host.nbytes()});
  }
  return hex(hash);
}

NamedTensors tensors_of(const DenoiseState& state) {
  NamedTensors tensors = {{"latents", state.latents}};
  for (const auto& [name, tensor] : state.history)
    tensors.emplace_back(fmt::format("{}{}", kHistoryPrefix, name), tensor);
  return tensors;
}

NamedTensors tensors_in(const SafetensorsFile& file) {
  NamedTensors tensors;
  for (const TensorInfo& info : file.tensors())
    tensors.emplace_back(info.name, mapped_tensor(file, info).clone());
  return tensors;
}

const std::string& at_key(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) throw input_error("{} says no {}", file.path().string(), key);
  return found->second;
}

void check(const SafetensorsFile& file, const NamedTensors& tensors, const std::string& fingerprint) {
  const std::string path = file.path().string();
  if (at_key(file, "kind") != kKind) throw input_error("{} is no {}", path, kKind);
  for (const char* key : {"step", "threads", "plan"}) at_key(file, key);
  if (at_key(file, "fingerprint") != fingerprint) throw input_error("{} is of another job", path);
  if (at_key(file, "checksum") != checksum_of(tensors, file.metadata()))
    throw input_error("{} is damaged: its checksum differs", path);
  if (tensors.empty() || tensors.front().first != "latents") throw input_error("{} holds no latents", path);
}

}  // namespace

std::string fingerprint_of(const JobSpec& job) {
  nlohmann::json object = to_json(job);
  for (const JobField& field : job_fields()) {
    if (field.use == FieldUse::kScheduling || field.use == FieldUse::kWrites) object.erase(field.key);
  }
  Fnv1a hash;
  hash.add(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return hex(hash);
}

void save_denoise_state(const std::filesystem::path& file, const DenoiseState& state,
                        const std::string& fingerprint) {
  const NamedTensors tensors = tensors_of(state);
  Metadata metadata = {{"kind", std::string(kKind)},
                       {"fingerprint", fingerprint},
                       {"step", std::to_string(state.step)},
                       {"threads", std::to_string(state.threads)},
                       {"plan", to_string(state.plan)}};
  metadata.emplace("checksum", checksum_of(tensors, metadata));
  save_tensors(file, tensors, metadata);
}

DenoiseState read_denoise_state(const std::filesystem::path& path, const std::string& fingerprint) {
  const SafetensorsFile file(path);
  const NamedTensors tensors = tensors_in(file);
  check(file, tensors, fingerprint);
  DenoiseState state{std::stoi(at_key(file, "step")),
                     tensors.front().second,
                     {},
                     std::stoi(at_key(file, "threads")),
                     memory_plan_from(at_key(file, "plan"))};
  for (auto tensor = tensors.begin() + 1; tensor != tensors.end(); ++tensor)
    state.history.emplace_back(tensor->first.substr(kHistoryPrefix.size()), tensor->second);
  return state;
}

}  // namespace clipmill
