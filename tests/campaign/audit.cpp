#include "tests/campaign/audit.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "storage/files/sha256.hpp"
#include "tools/sim/verdict.hpp"

namespace tests {

namespace {
using Digests = std::vector<std::string>;
using ByCamera = std::map<std::string, Digests>;  // IMEI

std::string sha256_of(base::ByteView bytes) {
  storage::Sha256 hash;
  hash.feed(bytes);
  return hash.hex().value();
}

// In the order in which they were acknowledged.
ByCamera files_of(const Uploads& uploads) {
  ByCamera files;
  for (const sim::CameraReport& report : uploads.reports())
    for (const sim::FileSpec& file : report.acknowledged)
      files[std::to_string(report.imei)].push_back(sha256_of(uploads.maker().open(file)->all()));
  return files;
}

// Rows of IMEI and SHA-256.
ByCamera by_camera(const std::vector<PostgresCluster::Row>& rows) {
  ByCamera found;
  for (const auto& row : rows) found[row.at(0)].push_back(row.at(1));
  return found;
}

ByCamera sorted(ByCamera files) {
  for (auto& [imei, digests] : files) std::ranges::sort(digests);
  return files;
}

void compare(Audit& audit, std::string_view what, const ByCamera& expected, const ByCamera& found) {
  for (const auto& [imei, digests] : expected) {
    const auto there = found.find(imei);
    if (there != found.end() && there->second == digests) continue;
    const Digests none;
    audit.problems.push_back(fmt::format("IMEI {}: {} of {} files are not its files [{}] but [{}].", imei, what,
                                         digests.size(), fmt::join(digests, " "),
                                         fmt::join(there == found.end() ? none : there->second, " ")));
  }
  for (const auto& [imei, digests] : found)
    if (!expected.contains(imei))
      audit.problems.push_back(fmt::format("IMEI {}: {} are there of a camera that has sent nothing.", imei, what));
}

void ask_cameras(Audit& audit, const Uploads& uploads) {
  for (const sim::CameraReport& report : uploads.reports()) {
    if (!report.left.empty())
      audit.problems.push_back(
          fmt::format("IMEI {}: {} files are still on the card.", report.imei, report.left.size()));
    if (report.statistics.violations > 0)
      audit.problems.push_back(
          fmt::format("IMEI {}: the server broke the protocol: {}.", report.imei, report.statistics.violation));
  }
}

void ask_api(Audit& audit, const Installation& installation, const Uploads& uploads) {
  const auto verdict =
      sim::judge({.api = installation.http_url(), .token = {}}, {}, uploads.maker(), uploads.reports());
  if (!verdict) throw std::runtime_error(verdict.error().message);
  audit.identical = verdict->identical;
  for (const sim::Problem& problem : verdict->problems) audit.problems.push_back(problem.text);
}

void ask_database(Audit& audit, const Installation& installation, const Uploads& uploads) {
  const ByCamera files = files_of(uploads);
  const auto rows = installation.rows("SELECT imei, sha256 FROM media");
  const auto events = installation.rows(
      "SELECT imei, payload::json -> 'media' ->> 'sha256' FROM outbox WHERE type = 'media.stored' ORDER BY sequence");
  audit.rows = rows.size();
  audit.events = events.size();
  compare(audit, "rows", sorted(files), sorted(by_camera(rows)));
  compare(audit, "events", files, by_camera(events));
}

// What a killed node has left behind is cleared away by the nodes themselves; that is all there may be.
void ask_scrub(Audit& audit, const Installation& installation) {
  const storage::ScrubRun run = installation.scrub();
  audit.second_copies = run.removed_objects;
  if (const auto found = run.orphans + run.missing + run.wrong_size + run.damaged; found != 0)
    audit.problems.push_back(fmt::format("The scrub finds {} orphans, {} missing and {} of a wrong size.", run.orphans,
                                         run.missing, run.wrong_size));
}

void ask_bucket(Audit& audit, const Installation& installation) {
  std::map<std::string, std::string> expected;  // key, size
  for (const auto& row : installation.rows("SELECT object_key, size FROM media"))
    expected.emplace(row.at(0), row.at(1));
  for (const storage::ObjectInfo& object : installation.objects("media/")) {
    ++audit.objects;
    const auto row = expected.extract(object.key);
    if (row.empty())
      audit.problems.push_back(fmt::format("Object {} is of no row.", object.key));
    else if (row.mapped() != std::to_string(object.size))
      audit.problems.push_back(fmt::format("Object {} has {} bytes, not {}.", object.key, object.size, row.mapped()));
  }
  for (const auto& [key, size] : expected) audit.problems.push_back(fmt::format("Object {} is not there.", key));
  audit.unfinished = installation.objects("partials/").size();
}
}  // namespace

Audit audit(const Installation& installation, const Uploads& uploads) {
  Audit audit;
  ask_cameras(audit, uploads);
  ask_api(audit, installation, uploads);
  ask_database(audit, installation, uploads);
  ask_scrub(audit, installation);
  ask_bucket(audit, installation);
  return audit;
}

std::string Audit::described() const {
  return fmt::format(
      "{} files identical; {} rows, {} objects ({} second copies cleared away), {} events; {} unfinished files left "
      "over; {} "
      "problems\n",
      identical, rows, objects, second_copies, events, unfinished, problems.size());
}

}  // namespace tests
