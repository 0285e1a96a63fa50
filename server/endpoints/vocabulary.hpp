// What this program's endpoints hear and do, as the tables that rules are checked against.
#pragma once

#include "server/relay/hub/vocabulary.hpp"

namespace endpoints {

const hub::Vocabulary& vocabulary();

}  // namespace endpoints
