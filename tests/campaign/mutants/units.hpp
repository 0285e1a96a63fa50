// The parts a file is made of, so that mutants are wrong where a parser looks.
#pragma once

#include <vector>

#include "server/base/bytes.hpp"
#include "storage/formats/format.hpp"

namespace mutants {

// A PTMF record, an Annex-B unit, an MP4 box (boxes in boxes as well), a transport packet, a JPEG segment.
struct Unit {
  std::size_t begin = 0;
  std::size_t header = 0;       // bytes before what it carries
  std::size_t size = 0;         // with the header
  std::size_t length_at = 0;    // where its length stands, from its begin
  std::size_t length_size = 0;  // bytes of that; 0: it has none
  bool big_endian = true;
};

// At least one: the whole file.
std::vector<Unit> units_of(storage::Format format, base::ByteView file);

}  // namespace mutants
