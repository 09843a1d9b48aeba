#include "checkpoint/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "base/resident_set.h"
#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Tensor {
  TensorInfo info;
  std::vector<std::byte> bytes;
};

std::vector<std::byte> to_bytes(const std::vector<std::uint8_t>& values) {
  std::vector<std::byte> bytes;
  for (const std::uint8_t value : values) bytes.push_back(std::byte{value});
  return bytes;
}

/// Distinct names, any dtype, rank 0–4, also with empty sides.
std::vector<Tensor> random_tensors() {
  const auto names = *rc::gen::unique<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)));
  std::vector<Tensor> tensors;
  for (const std::string& name : names) {
    if (name == "__metadata__") continue;
    Tensor tensor;
    tensor.info.name = name;
    tensor.info.dtype = static_cast<DType>(*rc::gen::inRange(0, 12));
    const auto rank = *rc::gen::inRange<std::size_t>(0, 5);
    tensor.info.shape =
        *rc::gen::container<std::vector<std::int64_t>>(rank, rc::gen::inRange<std::int64_t>(0, 5));
    const auto size = static_cast<std::size_t>(tensor.info.numel()) * size_of(tensor.info.dtype);
    tensor.bytes =
        to_bytes(*rc::gen::container<std::vector<std::uint8_t>>(size, rc::gen::arbitrary<std::uint8_t>()));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

void write(const std::filesystem::path& path, const std::vector<Tensor>& tensors) {
  std::vector<TensorInfo> infos;
  for (const Tensor& tensor : tensors) infos.push_back(tensor.info);
  SafetensorsWriter writer(path, infos, {{"made_by", "test"}});
  for (const Tensor& tensor : tensors) writer.write(tensor.bytes);
  writer.commit();
}

std::vector<std::byte> copy(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

RC_GTEST_PROP(Safetensors, RoundTrips, ()) {
  const TestFolder folder;
  const auto tensors = random_tensors();
  write(folder / "t.safetensors", tensors);
  const SafetensorsFile file(folder / "t.safetensors");
  RC_ASSERT(file.tensors().size() == tensors.size());
  RC_ASSERT(file.metadata() == (std::map<std::string, std::string>{{"format", "pt"}, {"made_by", "test"}}));
  for (const Tensor& tensor : tensors) {
    const TensorInfo* found = file.find(tensor.info.name);
    RC_ASSERT(found != nullptr);
    RC_ASSERT(found->dtype == tensor.info.dtype);
    RC_ASSERT(found->shape == tensor.info.shape);
    RC_ASSERT(copy(file.bytes(*found)) == tensor.bytes);
  }
}

/// Reads everything; true if the damage was noticed, false if the file still makes sense.
bool refused(const std::filesystem::path& path) {
  try {
    const SafetensorsFile file(path);
    for (const TensorInfo& info : file.tensors()) {
      RC_ASSERT(file.bytes(info).size() == static_cast<std::size_t>(info.numel()) * size_of(info.dtype));
    }
    return false;
  } catch (const Error& error) {
    RC_ASSERT(error.kind() == ErrorKind::kInput);
    RC_ASSERT(std::string(error.what()).find(path.string()) != std::string::npos);
    return true;
  }
}

RC_GTEST_PROP(Safetensors, EveryTruncationIsRefused, ()) {
  const TestFolder folder;
  write(folder / "whole.safetensors", random_tensors());
  const std::string whole = read_file(folder / "whole.safetensors");
  const auto size = *rc::gen::inRange<std::size_t>(0, whole.size());
  write_file(folder / "cut.safetensors", whole.substr(0, size));
  RC_ASSERT(refused(folder / "cut.safetensors"));
}

RC_GTEST_PROP(Safetensors, EveryFlippedBitIsReadOrRefused, ()) {
  const TestFolder folder;
  const auto tensors = random_tensors();
  write(folder / "whole.safetensors", tensors);
  std::string bytes = read_file(folder / "whole.safetensors");
  const auto header_end = 8 + static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[0])) +
                          (static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[1])) << 8);
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << *rc::gen::inRange(0, 8)));
  write_file(folder / "flipped.safetensors", bytes);
  const bool noticed = refused(folder / "flipped.safetensors");
  RC_ASSERT(!(noticed && at >= header_end));  // data has no check sum: any data is valid
}

RC_GTEST_PROP(Safetensors, ForeignBytesAreReadOrRefused, (const std::string& bytes)) {
  const TestFolder folder;
  write_file(folder / "foreign.safetensors", safetensors_bytes("{" + bytes, bytes.size()));
  refused(folder / "foreign.safetensors");
}

TEST(Safetensors, NamesMissingFilesAndFolders) {
  const TestFolder folder;
  EXPECT_THAT(error_of([&] { SafetensorsFile(folder / "none.safetensors"); }),
              AllOf(HasSubstr((folder / "none.safetensors").string()), HasSubstr("does not exist")));
  EXPECT_THAT(error_of([&] { SafetensorsFile(folder.path()); }), HasSubstr("is not a file"));
  write_file(folder / "empty.safetensors", "");
  EXPECT_THAT(error_of([&] { SafetensorsFile(folder / "empty.safetensors"); }), HasSubstr("too few"));
}

TEST(Safetensors, AFileCutWhileOpenIsAnErrorNotASignal) {
  const TestFolder folder;
  write_zeros(folder / "t.safetensors", {{"big", {64, 1024}}});
  const SafetensorsFile file(folder / "t.safetensors");
  std::filesystem::resize_file(folder / "t.safetensors", 4096);
  EXPECT_THAT(error_of([&] { (void)file.bytes(*file.find("big")); }),
              AllOf(HasSubstr("t.safetensors"), HasSubstr("changed its size")));
}

TEST(Safetensors, WhatWasForgottenComesBack) {
  constexpr std::int64_t kBytes = 32 << 20;
  const TestFolder folder;
  const std::vector<std::byte> written(kBytes, std::byte{7});
  SafetensorsWriter writer(folder / "t.safetensors", {{"a", DType::kU8, {kBytes}, 0, 0}});
  writer.write(written);
  writer.commit();
  const SafetensorsFile file(folder / "t.safetensors");
  const TensorInfo& tensor = *file.find("a");
  const std::int64_t before = resident_set().now;
  EXPECT_TRUE(std::ranges::equal(file.bytes(tensor), written));
  EXPECT_GT(resident_set().now, before + kBytes / 2);
  file.forget(tensor);
  EXPECT_LT(resident_set().now, before + kBytes / 2);
  EXPECT_TRUE(std::ranges::equal(file.bytes(tensor), written));
}

TEST(Safetensors, StaysValidWhenMoved) {
  const TestFolder folder;
  write_zeros(folder / "t.safetensors", {{"a", {2}}, {"b", {3}}});
  SafetensorsFile file(folder / "t.safetensors");
  const TensorInfo* const before = file.find("b");
  const SafetensorsFile moved(std::move(file));
  EXPECT_EQ(moved.find("b"), before);
  EXPECT_EQ(moved.bytes(*before).size(), 6u);
}

TEST(SafetensorsWriter, TakesPiecesAndAlignsTheData) {
  const TestFolder folder;
  SafetensorsWriter writer(folder / "t.safetensors", {{.name = "a", .dtype = DType::kU8, .shape = {3}},
                                                      {.name = "none", .dtype = DType::kU8, .shape = {0}},
                                                      {.name = "b", .dtype = DType::kU8, .shape = {1}}});
  writer.write(to_bytes({1, 2}));
  writer.write(to_bytes({3}));
  writer.write(to_bytes({4}));
  writer.commit();
  const SafetensorsFile file(folder / "t.safetensors");
  EXPECT_EQ(copy(file.bytes(*file.find("a"))), to_bytes({1, 2, 3}));
  EXPECT_EQ(copy(file.bytes(*file.find("b"))), to_bytes({4}));
  EXPECT_EQ((file.size() - 4) % 8, 0u);
}

TEST(SafetensorsWriter, RefusesWrongSizesAndLeavesNothingBehind) {
  const TestFolder folder;
  const std::vector<TensorInfo> infos = {{.name = "a", .dtype = DType::kF32, .shape = {2}}};
  EXPECT_THAT(
      error_of([&] {
        SafetensorsWriter(folder / "t.safetensors", infos).write(to_bytes({1, 2, 3, 4, 5, 6, 7, 8, 9}));
      }),
      AllOf(HasSubstr("t.safetensors"), HasSubstr("\"a\" takes 8 bytes, not 9")));
  EXPECT_THAT(error_of([&] { SafetensorsWriter(folder / "t.safetensors", infos).commit(); }),
              HasSubstr("\"a\" is not complete"));
  EXPECT_THAT(error_of([&] {
                SafetensorsWriter(folder / "t.safetensors", {infos[0], infos[0]});
              }),
              HasSubstr("\"a\" twice"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace clipmill
