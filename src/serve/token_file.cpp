#include "serve/token_file.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace clipmill {
namespace {

constexpr std::size_t kLongestName = 64;

std::string client_name(const std::string& text) {
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
  if (text.empty() || text.size() > kLongestName || !std::ranges::all_of(text, is_plain))
    throw input_error("name: must be letters, digits, - and _, {} at most", kLongestName);
  return text;
}

std::set<Scope> scopes_in(const std::string& list) {
  std::set<Scope> scopes;
  for (const std::string_view name : pieces(list, ',')) {
    const auto known = std::ranges::find(kScopeNames, name);
    if (known == kScopeNames.end())
      throw input_error("scopes: there is no \"{}\"; there are read, submit and operate", name);
    scopes.insert(static_cast<Scope>(known - kScopeNames.begin()));
  }
  if (scopes.empty()) throw input_error("scopes: names none of read, submit and operate");
  return scopes;
}

int quota(const std::string& key, const std::string& text) {
  const auto number = number_in<int>(text);
  if (!number || *number < 1) throw input_error("{}: must be a whole number above 0", key);
  return *number;
}

void set(Client& client, const std::string& setting) {
  const std::size_t sign = setting.find('=');
  const std::string key = setting.substr(0, sign);
  const std::string value = sign == setting.npos ? "" : setting.substr(sign + 1);
  if (key == "name") {
    client.name = client_name(value);
  } else if (key == "scopes") {
    client.scopes = scopes_in(value);
  } else if (key == "waiting") {
    client.waiting = quota(key, value);
  } else if (key == "hourly") {
    client.hourly = quota(key, value);
  } else {  // it may be a piece of a secret: not shown
    throw input_error("behind the token stands what is none of name=, scopes=, waiting= and hourly=");
  }
}

Token token_in(const std::string& line) {
  std::istringstream words(line);
  Token token;
  words >> token.secret;
  for (std::string setting; words >> setting;) set(token.client, setting);
  if ((token.client.waiting > 0 || token.client.hourly > 0) && token.client.name.empty())
    throw input_error("a quota needs a name=: it counts the videos of that name");
  return token;
}

}  // namespace

std::vector<Token> read_tokens(const std::string& text, const std::string& file) {
  std::vector<Token> tokens;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string_view content = trimmed(line);
    if (content.empty() || content.starts_with('#')) continue;
    try {
      tokens.push_back(token_in(line));
    } catch (const Error& error) {
      throw input_error("{}:{}: {}", file, number, error.what());
    }
  }
  return tokens;
}

}  // namespace clipmill
