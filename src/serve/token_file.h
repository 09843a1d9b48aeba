// The file of tokens: who may ask for what.
#pragma once

#include <string>
#include <vector>

#include "serve/client.h"

namespace clipmill {

struct Token {
  std::string secret;
  Client client = {};
};

/// One token on each line that is not empty and no comment (#), and behind it what it allows; without that,
/// everything:
///   SECRET  name=studio scopes=read,submit waiting=20 hourly=200
/// Throws Error(kInput) that names `file` and the line. Quotas need a name: they count its videos.
std::vector<Token> read_tokens(const std::string& text, const std::string& file);

}  // namespace clipmill
