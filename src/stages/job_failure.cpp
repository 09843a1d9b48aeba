#include "stages/job_failure.h"

#include <c10/util/Exception.h>

#include <new>

#include "base/error.h"

namespace clipmill {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

JobFailed failure_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return {error.kind(), error.what(), error.hint()};
  } catch (const c10::OutOfMemoryError& error) {
    return {ErrorKind::kOutOfMemory, first_line(error.what_without_backtrace()),
            "a smaller size or fewer frames need less memory"};
  } catch (const c10::Error& error) {
    return {ErrorKind::kInternal, first_line(error.what_without_backtrace()), ""};
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kOutOfMemory, "out of host memory", "a smaller size or fewer frames need less memory"};
  } catch (const std::exception& error) {
    return {ErrorKind::kInternal, error.what(), ""};
  }
}

}  // namespace clipmill
