// One stream of events, several observers.
#pragma once

#include <initializer_list>
#include <vector>

#include "core/ports.h"

namespace clipmill {

class FanOut : public EventSink {
 public:
  FanOut(std::initializer_list<EventSink*> sinks) : sinks_(sinks) {}
  void add(EventSink& sink) { sinks_.push_back(&sink); }
  void on_event(const Event& event) override {
    for (EventSink* sink : sinks_) sink->on_event(event);
  }

 private:
  std::vector<EventSink*> sinks_;
};

}  // namespace clipmill
