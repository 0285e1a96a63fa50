// A spool on a file system in memory, and one file to keep in it.
#pragma once

#include <gtest/gtest.h>

#include "storage/spool/spool_core.hpp"
#include "tests/unit/storage/memory_file_system.hpp"
#include "tests/unit/storage/upload.hpp"

namespace storage {

constexpr std::size_t three_blocks_and_a_bit = 3 * block_size + 5000;

class SpoolFixture : public testing::Test {
 protected:
  SpoolFixture() { reopen(); }

  void reopen() {
    spool.reset();
    spool = std::move(*Spool::open(directory, files));
  }
  Partial acquire() { return std::move(*spool->acquire(identity)); }
  Partial upload(base::ByteView bytes) {
    Partial partial = acquire();
    EXPECT_TRUE(write_rest(partial, bytes));
    return partial;
  }
  // Uploads, closes, and says which files that made.
  std::filesystem::path keep(base::ByteView bytes) { return upload(bytes).data_path(); }
  static std::filesystem::path sums_of(std::filesystem::path data) { return data.replace_extension(".sums"); }
  void damage(const std::filesystem::path& path, std::size_t at) {
    auto bytes = files.content(path);
    bytes.at(at) ^= 0x40;
    files.set_content(path, bytes);
  }
  std::size_t header_bytes(const std::filesystem::path& sums) const { return *header_size(files.content(sums)); }
  std::vector<std::string> names() { return *files.list(directory); }

  MemoryFileSystem files;
  const std::filesystem::path directory = "/data/spool";
  const base::Bytes file = noise(three_blocks_and_a_bit);
  FileIdentity identity = packets_identity(file.size());
  std::unique_ptr<Spool> spool;
};

}  // namespace storage
