// The whole way of a finished file, by how many finish at once: read back and verified, fsync, object store, catalog
// transaction. The embedded pair on the disk of TMPDIR beside real servers of the benchmark's own on the same disk,
// both with fsync on.
//
//   publish_bench [ROUNDS]
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstring>
#include <latch>
#include <random>
#include <thread>

#include "storage/intake.hpp"
#include "storage/objects/s3_object_store.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"
#include "tests/support/s3/ceph_store.hpp"
#include "tests/support/samples.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

constexpr std::size_t photo_bytes = 200 * 1024;
constexpr unsigned default_rounds = 5;
constexpr std::uint64_t devices = 64;
struct Step {
  unsigned at_once;
  unsigned files;  // of one measurement: a second or so
};
constexpr std::array steps{Step{1, 48}, Step{8, 192}, Step{64, 512}};

template <class Value>
Value must(base::Result<Value>&& result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// A JPEG as far as its structure goes, with `number` in its picture: every file has other bytes.
base::Bytes photo(std::uint64_t number) {
  static const base::Bytes sample = [] {
    constexpr std::array<std::uint8_t, 25> head{0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 2, 0xd0, 5, 0,    1, 1,
                                                0x11, 0,    0xff, 0xda, 0, 8,  1, 1, 0,    0, 0x3f, 0};
    base::Bytes bytes(photo_bytes);
    std::mt19937 random;
    std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random() % 0xff); });  // no markers
    std::ranges::copy(head, bytes.begin());
    bytes[photo_bytes - 2] = 0xff;
    bytes[photo_bytes - 1] = 0xd9;
    return bytes;
  }();
  base::Bytes bytes = sample;
  const auto text = fmt::format("{:016}", number);
  std::memcpy(bytes.data() + photo_bytes / 2, text.data(), text.size());
  return bytes;
}

struct Finished {
  storage::Partial partial;
  storage::Arrival arrival;
};

class Backend {
 public:
  Backend(std::string name, const tests::TempFolder& folder, std::unique_ptr<storage::Catalog> catalog,
          std::unique_ptr<storage::ObjectStore> objects)
      : name_(std::move(name)),
        spool_(must(storage::Spool::open(folder / "spool"))),
        objects_(std::move(objects)),
        catalog_(std::move(catalog)),
        intake_(*spool_, *objects_, *catalog_) {
    must(catalog_->migrate());
  }
  const std::string& name() const noexcept { return name_; }

  // Durable files per second.
  double measure(const Step& step) {
    std::vector<Finished> files;
    for (unsigned n = 0; n < step.files; ++n) files.push_back(prepare());
    std::atomic<std::size_t> next = 0;
    std::atomic<unsigned> failed = 0;
    std::latch ready(step.at_once + 1);
    std::vector<std::jthread> threads;
    for (unsigned n = 0; n < step.at_once; ++n)
      threads.emplace_back([&] {
        ready.arrive_and_wait();
        for (std::size_t at = next++; at < files.size(); at = next++)
          if (!publish(std::move(files[at]))) ++failed;
      });
    ready.arrive_and_wait();
    const auto began = base::steady_now();
    threads.clear();
    const std::chrono::duration<double> took = base::steady_now() - began;
    if (failed > 0) throw std::runtime_error(fmt::format("{}: {} files were not stored.", name_, failed.load()));
    return step.files / took.count();
  }

 private:
  Finished prepare() {
    const std::uint64_t number = ++files_;
    const auto received = base::utc_now();
    const storage::FileIdentity identity{.imei = tests::device(number % devices),
                                         .name = "%photof",
                                         .declared_size = photo_bytes / 1024,
                                         .captured_ms = static_cast<std::int64_t>(number),
                                         .metadata = {}};
    storage::Media media{.imei = identity.imei};
    media.camera = base::Camera::front;
    media.kind = base::MediaKind::photo;
    media.captured_at = base::UtcTime(std::chrono::milliseconds(number));
    media.received_at = received;
    media.name = identity.name;
    media.declared_size = identity.declared_size;
    media.declared_in_packets = true;
    Finished file{.partial = must(spool_->acquire(identity)),
                  .arrival = {.media = std::move(media), .expected_bytes = photo_bytes}};
    const base::Bytes bytes = photo(number);
    for (std::size_t at = 0; at < bytes.size(); at += storage::block_size) {
      const std::size_t count = std::min(storage::block_size, bytes.size() - at);
      if (auto kept = file.partial.append(base::ByteView(bytes).subspan(at, count)); !kept)
        throw std::runtime_error(kept.error().message);
    }
    return file;
  }
  bool publish(Finished&& file) {
    const auto done = intake_.publish(std::move(file.partial), std::move(file.arrival));
    const auto* published = done ? std::get_if<storage::Published>(&*done) : nullptr;
    return published != nullptr && !published->duplicate && published->media.content_type == "image/jpeg";
  }

  std::string name_;
  std::unique_ptr<storage::Spool> spool_;
  std::unique_ptr<storage::ObjectStore> objects_;
  std::unique_ptr<storage::Catalog> catalog_;
  storage::Intake intake_;
  std::uint64_t files_ = 0;
};

Backend embedded(const tests::TempFolder& folder) {
  return {"sqlite+file", folder, must(storage::open_catalog("sqlite:" + (folder / "catalog.db").string())),
          must(storage::open_object_store("file:" + (folder / "objects").string()))};
}

Backend servers(const tests::TempFolder& folder) {
  tests::CephStore& store = tests::ceph_store();
  store.make_bucket("bench");
  return {"postgresql+s3", folder, must(storage::open_catalog(tests::PostgresCluster::shared().fresh_schema())),
          must(storage::S3ObjectStore::open_at(must(storage::s3::parse_url(store.url("bench"))), store.credentials()))};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Both of one step are measured right after one another, so that what else the machine does meets both.
void compare(unsigned rounds) {
  const tests::TempFolder embedded_folder;
  const tests::TempFolder servers_folder;
  Backend ours = embedded(embedded_folder);
  Backend theirs = servers(servers_folder);
  std::array<std::vector<double>, steps.size()> ours_per_s, theirs_per_s, ratios;
  for (unsigned round = 1; round <= rounds; ++round)
    for (std::size_t n = 0; n < steps.size(); ++n) {
      ours_per_s[n].push_back(ours.measure(steps[n]));
      theirs_per_s[n].push_back(theirs.measure(steps[n]));
      ratios[n].push_back(theirs_per_s[n].back() / ours_per_s[n].back());
      fmt::print(stderr, "round {}/{}, {:>2} at once: {:>7.0f} {:>7.0f} files/s\n", round, rounds, steps[n].at_once,
                 ours_per_s[n].back(), theirs_per_s[n].back());
    }
  fmt::print("Durable files of {} KiB per second, {} rounds, medians\n", photo_bytes / 1024, rounds);
  fmt::print("  {:<10}{:>15}{:>17}{:>10}\n", "at once", ours.name(), theirs.name(), "ratio");
  for (std::size_t n = 0; n < steps.size(); ++n)
    fmt::print("  {:<10}{:>15.0f}{:>17.0f}{:>9.2f}x\n", steps[n].at_once, median(ours_per_s[n]),
               median(theirs_per_s[n]), median(ratios[n]));
}

}  // namespace

int main(int count, char** values) {
  try {
    unsigned rounds = default_rounds;
    const std::string_view given = count > 1 ? values[1] : "";
    if (count > 2 ||
        (count == 2 &&
         (std::from_chars(given.data(), given.data() + given.size(), rounds).ec != std::errc{} || rounds == 0)))
      throw std::runtime_error("usage: publish_bench [ROUNDS]");
    compare(rounds);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "publish_bench: {}\n", error.what());
    return 1;
  }
}
