#include "checkpoint/safetensors_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

SafetensorsHeader parse(std::string_view bytes) {
  return parse_safetensors_header(std::as_bytes(std::span(bytes)), "weights.safetensors");
}

std::string refusal(std::string_view json, std::size_t data_size) {
  return error_of([&] { parse(safetensors_bytes(json, data_size)); });
}

TEST(SafetensorsHeader, ReadsTensorsInFileOrderAndMetadata) {
  const auto header = parse(safetensors_bytes(
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[6,14]},)"
      R"("z":{"dtype":"BF16","shape":[1,3],"data_offsets":[0,6]}}   )",
      14));
  ASSERT_EQ(header.tensors.size(), 2u);
  EXPECT_EQ(header.tensors[0].name, "z");
  EXPECT_EQ(header.tensors[0].dtype, DType::kBF16);
  EXPECT_EQ(header.tensors[0].shape, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(header.tensors[1].begin, 6u);
  EXPECT_EQ(header.tensors[1].end, 14u);
  EXPECT_EQ(header.metadata.at("format"), "pt");
}

TEST(SafetensorsHeader, TakesScalarsAndEmptyTensors) {
  const auto header = parse(safetensors_bytes(R"({"s":{"dtype":"U8","shape":[],"data_offsets":[0,1]},)"
                                              R"("e":{"dtype":"F64","shape":[0,7],"data_offsets":[1,1]}})",
                                              1));
  EXPECT_EQ(header.tensors[0].numel(), 1);
  EXPECT_EQ(header.tensors[1].numel(), 0);
}

TEST(SafetensorsHeader, KnowsEveryDtype) {
  for (const auto& [name, size] : std::vector<std::pair<std::string, std::size_t>>{{"F64", 8},
                                                                                   {"F32", 4},
                                                                                   {"F16", 2},
                                                                                   {"BF16", 2},
                                                                                   {"F8_E4M3", 1},
                                                                                   {"F8_E5M2", 1},
                                                                                   {"I64", 8},
                                                                                   {"I32", 4},
                                                                                   {"I16", 2},
                                                                                   {"I8", 1},
                                                                                   {"U8", 1},
                                                                                   {"BOOL", 1}}) {
    const auto header = parse(safetensors_bytes(
        fmt::format(R"({{"t":{{"dtype":"{}","shape":[3],"data_offsets":[0,{}]}}}})", name, 3 * size),
        3 * size));
    EXPECT_EQ(to_string(header.tensors.at(0).dtype), name);
  }
}

struct Lie {
  const char* json;
  std::size_t data_size;
  const char* complaint;
};

class LyingHeader : public testing::TestWithParam<Lie> {};

TEST_P(LyingHeader, IsRefusedNamingFileAndTensor) {
  EXPECT_THAT(
      refusal(GetParam().json, GetParam().data_size),
      AllOf(HasSubstr("weights.safetensors"), HasSubstr("\"t.weight\""), HasSubstr(GetParam().complaint)));
}

INSTANTIATE_TEST_SUITE_P(
    Entries, LyingHeader,
    testing::Values(
        Lie{R"({"t.weight":7})", 0, "not an object"},
        Lie{R"({"t.weight":{"shape":[1],"data_offsets":[0,4]}})", 4, "dtype is missing"},
        Lie{R"({"t.weight":{"dtype":3,"shape":[1],"data_offsets":[0,4]}})", 4, "dtype is not a string"},
        Lie{R"({"t.weight":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4, "unknown dtype \"F31\""},
        Lie{R"({"t.weight":{"dtype":"F32","data_offsets":[0,4]}})", 4, "shape is missing"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", 4, "shape is not a list"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "non-negative integer"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4, "non-negative integer"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})", 4,
            "non-negative integer"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[1]}})", 4, "data_offsets is missing"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 8, "not [begin, end]"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "not [begin, end]"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "takes 8 bytes"},
        // 2^62 · 4 bytes wrap around to 0.
        Lie{R"({"t.weight":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}})", 0,
            "too large to exist"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4, "ends at byte 8"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "4 unused bytes"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5, "1 bytes after"},
        Lie{R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
            R"("t.weight":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
            12, "overlaps"},
        Lie{R"({"t.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
            R"("t.weight":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            8, "appears twice"}));

TEST(SafetensorsHeader, RefusesWhatIsNoHeader) {
  EXPECT_THAT(refusal("[]", 0), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal(" {}", 0), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal("", 0), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal(R"({"a":)", 0), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("{\"\xff\":1}", 0), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal(R"({"__metadata__":3})", 0), HasSubstr("__metadata__"));
  EXPECT_THAT(refusal(R"({"__metadata__":{"steps":3}})", 0), HasSubstr("\"steps\" is not a string"));
  EXPECT_THAT(refusal("{\"a\":" + std::string(100000, '['), 0), HasSubstr("nested too deeply"));
}

TEST(SafetensorsHeader, RefusesImpossibleLengths) {
  EXPECT_THAT(error_of([] { parse("1234567"); }), HasSubstr("too few"));
  EXPECT_THAT(error_of([] { parse(""); }), HasSubstr("too few"));
  EXPECT_THAT(error_of([] { parse(std::string("\x10\0\0\0\0\0\0\0{}", 10)); }), HasSubstr("cut short"));
  EXPECT_THAT(error_of([] { parse("version https://git-lfs.github.com/spec/v1"); }),
              HasSubstr("LFS pointer"));
  EXPECT_THAT(error_of([] { parse(std::string(8, '\xff') + "{}"); }),
              HasSubstr("beyond what the format allows"));
}

}  // namespace
}  // namespace clipmill
