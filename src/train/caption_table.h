// The captions of a data folder's clips.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace clipmill {

/// Captions from one table in the folder: captions.csv or metadata.csv (with a first line that names the
/// columns file_name and text), captions.jsonl or metadata.jsonl (an object with these keys a line).
class CaptionTable {
 public:
  /// Lines that cannot be used are added to `problems` with their place. Throws Error(kInput) if there are
  /// several tables, Error(kIo) if one cannot be read.
  CaptionTable(const std::filesystem::path& folder, std::vector<std::string>& problems);

  /// The caption of the file or folder `name`, trimmed; empty if there is none.
  std::string caption(const std::string& name) const;
  /// "captions.csv:3: there is no clip.mp4" for every line whose clip is not among `names`.
  std::vector<std::string> unknown(const std::vector<std::string>& names) const;

 private:
  struct Row {
    std::string text, place;
  };

  void read_csv(const std::filesystem::path& file, std::vector<std::string>& problems);
  void read_jsonl(const std::filesystem::path& file, std::vector<std::string>& problems);
  void add(const std::string& name, Row row, std::vector<std::string>& problems);

  std::map<std::string, Row> rows_;  ///< by file name
};

}  // namespace clipmill
