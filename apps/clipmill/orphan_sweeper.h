// What a worker that died had begun to write, removed.
#pragma once

#include "core/ports.h"

namespace clipmill {

class OrphanSweeper : public EventSink {
 public:
  explicit OrphanSweeper(const JobStore& store) : store_(store) {}
  void on_event(const Event& event) override;

 private:
  const JobStore& store_;
};

}  // namespace clipmill
