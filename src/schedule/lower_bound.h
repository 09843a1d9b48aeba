// What no plan can beat.
#pragma once

#include "schedule/instance.h"
#include "schedule/problem.h"

namespace clipmill::schedule {

/// The longest task; the work a machine; the use of the resource. In ticks, rounded up. O(n).
Time area_bound(const Problem& problem);

/// The strongest of `area_bound` and of the same area with demands replaced by dual feasible functions
/// (Fekete and Schepers 2001; Clautiaux, Alves and Valério de Carvalho 2010): functions f such that demands
/// that fit beside each other still fit as f(v) into 1. They see that tasks over V/2 exclude each other, that
/// two over V/3 leave no room for a third, and so on.
Time lower_bound(const Problem& problem);

/// In the instance's unit of time. Throws as `check` does.
double lower_bound(const Instance& instance);

}  // namespace clipmill::schedule
