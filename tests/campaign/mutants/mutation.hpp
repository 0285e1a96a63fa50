// A file with something wrong in it, made of a number and of nothing else.
#pragma once

#include <cstdint>
#include <string>

#include "tests/campaign/mutants/base_files.hpp"

namespace mutants {

struct Mutant {
  base::Bytes bytes;
  std::string changes;  // "length of unit 3, truncated"
};

// The same for the same seed.
Mutant mutate(const BaseFile& base, std::uint64_t seed);

}  // namespace mutants
