// Intake with its parts in memory, and one file to bring over.
#pragma once

#include <gtest/gtest.h>

#include "tests/unit/storage/arrival.hpp"
#include "tests/unit/storage/intake_fakes.hpp"
#include "tests/unit/storage/memory_file_system.hpp"

namespace storage {

class IntakeFixture : public testing::Test {
 protected:
  IntakeFixture() { EXPECT_TRUE(make_directories(files, "/objects")); }

  using Outcome = base::Result<std::variant<Published, NotWhole>>;

  Kept open() { return std::move(*intake.open(identity, intake.look_for(identity))); }
  Partial upload(base::ByteView bytes) {
    auto kept = open();
    EXPECT_TRUE(kept.partial);
    EXPECT_TRUE(write_rest(*kept.partial, bytes));
    return std::move(*kept.partial);
  }
  // Closes the connection in the middle.
  void keep(base::ByteView bytes) { static_cast<void>(upload(bytes)); }
  Outcome publish(base::ByteView bytes) { return intake.publish(upload(bytes), arrival_of(identity, bytes.size())); }
  Media stored(base::ByteView bytes) {
    auto outcome = publish(bytes);
    EXPECT_TRUE(outcome && std::holds_alternative<Published>(*outcome));
    return std::get<Published>(*outcome).media;
  }
  base::Bytes object(std::string_view key) {
    const auto reader = *objects.open(key);
    base::Bytes bytes(reader->size());
    for (std::size_t done = 0; done < bytes.size();) done += *reader->read_at(done, std::span(bytes).subspan(done));
    return bytes;
  }
  void expect_dropped() { EXPECT_EQ(spool->usage().partials, 0U); }
  void expect_kept(std::uint64_t bytes) {
    EXPECT_EQ(spool->usage().partials, 1U);
    EXPECT_EQ(spool->usage().bytes, bytes);
  }
  void expect_nothing_published() {
    EXPECT_TRUE(objects.keys().empty());
    EXPECT_TRUE(catalog.rows.empty());
  }

  MemoryFileSystem files;
  std::unique_ptr<Spool> spool = std::move(*Spool::open("/spool", files));
  LinkingObjects objects{files};
  ListCatalog catalog;
  Intake intake{*spool, objects, catalog};
  const base::Bytes file = noise(40'000);
  FileIdentity identity = packets_identity(file.size());
};

}  // namespace storage
