// What models can do, read again when their files are others: a service asks with every request.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "cost/limits.h"

namespace clipmill {

class KnownModels {
 public:
  /// Of the model in a folder; for any thread. Throws what ModelFolder::open throws.
  ModelLimits limits(const std::string& model);

 private:
  struct Known {
    std::string look;  ///< of its files, when they were read
    ModelLimits limits;
  };

  std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace clipmill
