// Every way a job can go wrong, as a value.
#pragma once

#include <exception>

#include "core/event.h"

namespace clipmill {

/// torch's own messages go on for lines; the first says it.
std::string first_line(const std::string& text);

/// Of Error, of what torch throws, and of anything else.
JobFailed failure_of(const std::exception_ptr& thrown);

}  // namespace clipmill
