// For tests: arbitrary job settings that the table of job options accepts.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "core/job_fields.h"

namespace clipmill::test {

/// Valid UTF-8 with everything that formats quote, escape or split at.
inline rc::Gen<std::string> text() {
  const auto piece = rc::gen::element<std::string>("a", "B", "7", " ", "é", "生", "🎬", "\"", "'", "\\", ",",
                                                   ";", "\n", "\r\n", "\t", "#", "=", "[", "]", "{", "}", "%",
                                                   "\x01", "\x7F", "\xC2\x80");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string all;
                        for (const std::string& part : pieces) all += part;
                        return all;
                      });
}

inline bool accepts(const JobField& field, const FieldValue& value) {
  try {
    JobSpec scratch;
    field.set(scratch, value);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Of fields that take so little of arbitrary text that one would look for it in vain.
inline std::vector<std::string> examples(std::string_view key) {
  if (key == "engine") return {"clipmill", "command"};
  if (key == "command") return {"make", "sh -c 'echo {{}} {prompt}'", "\"a b\" \\\" {seed} '' 生"};
  if (key == "env") return {"A=b", "A= B='{output} x'"};
  if (key == "memory") return {"2GB", "1.5 GiB", "4096", "0"};
  if (key == "approximate") return {"int8", "no"};
  if (key == "memory_plan") return {"resident", "released, streamed", "released, chunks 4, strips 8"};
  if (key == "progress") return {R"((\d+)%)", R"(step (\d+) of (\d+))"};
  return {};
}

/// A value that the field takes.
inline rc::Gen<FieldValue> value_of(const JobField& field) {
  if (const auto known = examples(field.key); !known.empty()) {
    return rc::gen::map(rc::gen::elementOf(known),
                        [](std::string text) { return FieldValue(std::move(text)); });
  }
  const auto as_value = [](auto value) { return FieldValue(std::move(value)); };
  const auto whole = rc::gen::map(
      rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 2000), rc::gen::arbitrary<std::int64_t>()), as_value);
  const auto real = rc::gen::map(rc::gen::inRange(1, 24'000), [](int n) { return FieldValue(n / 100.0); });
  const auto word = rc::gen::element<std::string>("fp32", "bf16", "fp16", "auto", "unipc", "euler", "64x64",
                                                  "1920x1080", "2026-12-04 18:00:00");
  const auto any_text = rc::gen::map(rc::gen::oneOf(text(), word), as_value);
  const auto candidate = field.type == FieldType::kInteger  ? whole
                         : field.type == FieldType::kNumber ? real
                                                            : any_text;
  return rc::gen::suchThat(candidate, [&field](const FieldValue& value) { return accepts(field, value); });
}

/// A job with some of its fields set.
inline rc::Gen<JobSpec> job() {
  return rc::gen::exec([] {
    JobSpec spec;
    for (const JobField& field : job_fields()) {
      if (*rc::gen::arbitrary<bool>()) field.set(spec, *value_of(field));
    }
    return spec;
  });
}

}  // namespace clipmill::test
