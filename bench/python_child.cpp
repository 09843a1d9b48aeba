#include "python_child.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>

#include "base/error.h"

namespace clipmill {

PythonChild::PythonChild(const std::string& python, const std::string& script,
                         const std::filesystem::path& folder) {
  const std::string orders = (folder / "orders").string();
  if (::mkfifo(orders.c_str(), 0600) != 0) throw input_error("{}: no named pipe can be made there", orders);
  const std::string command = fmt::format("exec '{}' '{}/bench/{}' '{}' < '{}'", python, CLIPMILL_SOURCE_DIR,
                                          script, folder.string(), orders);
  answers_ = ::popen(command.c_str(), "r");
  orders_ = std::fopen(orders.c_str(), "w");
  if (!answers_ || !orders_ || answer() != "ready\n") throw input_error("{}: did not start", command);
}

PythonChild::~PythonChild() {
  std::fclose(orders_);  // its input ends, and so it does
  ::pclose(answers_);
}

std::string PythonChild::ask(const std::string& line) {
  fmt::print(orders_, "{}\n", line);
  std::fflush(orders_);
  return answer();
}

std::string PythonChild::answer() {
  std::array<char, 256> line{};
  return std::fgets(line.data(), line.size(), answers_) ? line.data() : "";
}

}  // namespace clipmill
