// A tracker's own link: logins, records, commands and what answers them, over TCP, and datagrams.
#pragma once

#include "tools/explain/report.hpp"

namespace explain {

// True, and `report` is filled, when the input begins like a tracker's link.
bool explain_avl(Report& report, From from);

}  // namespace explain
