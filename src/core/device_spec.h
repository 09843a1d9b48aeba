// What a device is, as far as decisions need it.
#pragma once

#include <cstdint>
#include <string>

namespace clipmill {

struct DeviceSpec {
  std::string name;
  std::int64_t bytes = 0;  ///< that jobs may take: its memory less a margin
  double speed = 1;        ///< of work, relative to others
  int lanes = 1;           ///< jobs that it runs at once, if they fit together
  int decode_lanes = 0;    ///< clips that it decodes beside them; 0 of both kinds is a role
};

}  // namespace clipmill
