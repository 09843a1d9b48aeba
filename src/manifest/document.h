// What the three formats have in common: keys with values and places, before anyone asks what they mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "manifest/diagnostic.h"

namespace clipmill {

/// A value that no key takes, as a table or a date; `type` says which, with its article.
struct OtherValue {
  std::string type;
};

/// A value that carries no type of its own: a CSV cell.
struct UntypedText {
  std::string text;
};

using EntryValue = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>,
                                std::vector<std::string>, UntypedText, OtherValue>;

struct Entry {
  std::string key;
  EntryValue value;
  int line = 0;
  int column = 0;
  int key_line = 0;  ///< where the key stands: in CSV not where the value does
};

/// A clip as written: its keys in any order.
struct Record {
  int line = 0;
  std::vector<Entry> entries;
};

struct Document {
  std::vector<Entry> header;                 ///< keys named apart from the clips; their values mean nothing
  std::vector<std::vector<Entry>> defaults;  ///< layers for every clip, later ones win
  std::vector<Record> clips;
  std::optional<Entry> output_folder;
  std::vector<Diagnostic> problems;  ///< `file` is left empty; whoever reports them fills it in
};

}  // namespace clipmill
