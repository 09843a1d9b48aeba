// What the tests of this room share: pictures to encode, a folder to write to, ffprobe to judge.
#pragma once

#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "media/frame.h"
#include "media/mp4_writer.h"
#include "media/render.h"
#include "media/video_reader.h"

namespace clipmill {

using Rgb = std::array<int, 3>;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "clipmill-media-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

/// Standard output of a shell command, which has to succeed.
inline std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer;
  for (std::size_t size; (size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), size);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return output;
}

inline nlohmann::json probe(const std::filesystem::path& clip) {
  return nlohmann::json::parse(
      output_of("ffprobe -v error -of json -show_format -show_streams '" + clip.string() + "'"));
}

inline RenderOptions small() { return {.width = 64, .height = 64, .fps = 16}; }

inline Frame solid(int width, int height, Rgb colour) {
  Frame frame(width, height);
  for (std::size_t i = 0; i < frame.rgb.size(); ++i) frame.rgb[i] = static_cast<std::uint8_t>(colour[i % 3]);
  return frame;
}

inline Rgb pixel(const Frame& frame, int x, int y) {
  const std::uint8_t* at = frame.row(y) + x * 3;
  return {at[0], at[1], at[2]};
}

inline void expect_colour(const Frame& frame, int x, int y, Rgb expected, int tolerance = 6) {
  const Rgb seen = pixel(frame, x, y);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    EXPECT_NEAR(seen[channel], expected[channel], tolerance)
        << "at " << x << "," << y << " channel " << channel;
  }
}

/// A grey level that tells frame `index` apart from the others.
inline int level_of(int index) { return 16 + index * 12; }

/// Sends `count` frames through `options`' graph into `target`: solid grey, frame i of level_of(i).
inline void make_clip(const std::filesystem::path& target, const RenderOptions& options, int count,
                      const std::map<std::string, std::string>& metadata = {}) {
  RenderGraph graph(options);
  Mp4Writer writer(target, {.fps = graph.fps(), .width = graph.size().width, .height = graph.size().height},
                   metadata);
  const auto drain = [&] {
    while (const auto frame = graph.pull()) writer.write(*frame);
  };
  for (int i = 0; i < count; ++i) {
    graph.push(solid(options.width, options.height, {level_of(i), level_of(i), level_of(i)}));
    drain();
  }
  graph.finish();
  drain();
  writer.finish();
}

inline std::vector<Frame> frames_of(const std::filesystem::path& clip) {
  VideoReader reader(clip);
  std::vector<Frame> frames;
  while (auto frame = reader.next()) frames.push_back(std::move(*frame));
  return frames;
}

/// The message and kind of the Error that `action` throws.
template <typename Action>
std::pair<ErrorKind, std::string> failure_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return {error.kind(), std::string(error.what()) + " " + error.hint()};
  }
  ADD_FAILURE() << "no error";
  return {ErrorKind::kInternal, ""};
}

}  // namespace clipmill
