// How long jobs wait at a load, by the formula for several equal servers (M/M/m, Erlang C). Pure.
#pragma once

namespace clipmill {

/// The part of its time that a job waits on average, wait / (wait + run), where `devices` are busy for the
/// part `load` of the time (0 … 1). 1 from full load on.
double expected_waiting_share(int devices, double load);

/// The most load at which no more than `share` is to be expected.
double most_load(int devices, double share);

/// The fewest devices that together keep `share` with the work that keeps `busy` devices busy.
int devices_needed(double busy, double share);

}  // namespace clipmill
