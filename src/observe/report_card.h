// One clip on the report: its picture, what was asked, what it took or why it failed.
#pragma once

#include <string>

#include "observe/account.h"
#include "observe/report.h"

namespace clipmill {

std::string report_card(const JobAccount& account, const ReportOptions& options);

}  // namespace clipmill
