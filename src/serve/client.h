// Who asks over HTTP, and what their token allows.
#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>

namespace clipmill {

/// Looking; making and deleting videos; changing the queue, others' jobs too.
enum class Scope { kRead, kSubmit, kOperate };

inline constexpr std::array<std::string_view, 3> kScopeNames = {"read", "submit", "operate"};

constexpr std::string_view to_string(Scope scope) { return kScopeNames[static_cast<std::size_t>(scope)]; }

struct Client {
  std::string name =
      {};  ///< letters, digits, - and _; each has videos of its own; empty: all others together
  std::set<Scope> scopes = {Scope::kRead, Scope::kSubmit, Scope::kOperate};
  int waiting = 0;  ///< videos that may be queued or in progress at once; 0: any number
  int hourly = 0;   ///< videos that may be asked for within an hour; 0: any number
};

}  // namespace clipmill
