// Comma-separated values as in RFC 4180.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifest/diagnostic.h"

namespace clipmill {

struct CsvRecord {
  int line = 0;  ///< where it starts, from 1
  std::vector<std::string> fields;
};

/// Records end with LF or CRLF; quoted fields hold commas, line ends and doubled quotes; blank lines are left
/// out. What is not CSV ends the reading and becomes a problem with its line.
std::vector<CsvRecord> parse_csv(std::string_view text, std::vector<Diagnostic>& problems);

}  // namespace clipmill
