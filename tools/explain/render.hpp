// A report as text for people or JSON for machines.
#pragma once

#include <string>

#include "tools/explain/report.hpp"

namespace explain {

std::string as_text(const Report& report, bool colour);
std::string as_json(const Report& report);

}  // namespace explain
