// What a file of another server is, and whether it may be shown: told from its bytes, before anything is stored.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "storage/files/file_system.hpp"
#include "storage/formats/format.hpp"

namespace importing {

struct Judged {
  std::uint64_t size = 0;
  std::string sha256;  // 64 lower-case hexadecimal digits
  storage::Format format = storage::Format::unknown;
};

// Told of bytes as they are read; perhaps empty.
using Passed = std::function<void(std::uint64_t bytes)>;

// Reads the file to its end. An error says why it is not taken: it is empty, larger than `most`, no photo and no video,
// not whole, was written to meanwhile, or cannot be read.
base::Result<Judged> judge(const storage::File& file, std::uint64_t most, const Passed& passed);

}  // namespace importing
