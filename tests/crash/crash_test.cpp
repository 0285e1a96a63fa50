// Nothing acknowledged is lost, nothing is there twice or in part, and little is sent again, however often the server
// is killed under load.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "server/net/chunk_pool.hpp"
#include "storage/spool/spool.hpp"
#include "tests/crash/campaign.hpp"

namespace tests {
namespace {

// What a kill takes from memory, and the packets that prove that it is the same file, are less than one block of the
// spool together, on whatever machine. On one that keeps up, half of the resumes cost less than the chunk that was
// filling and its proof.
constexpr std::uint32_t packet = 1024;
constexpr std::uint32_t usual = net::chunk_size + packet;

struct Totals {
  std::uint64_t files = 0, left = 0, bytes = 0, repeated = 0, connects = 0, violations = 0;
};

Totals totals_of(const std::vector<sim::CameraReport>& reports) {
  Totals totals;
  for (const sim::CameraReport& report : reports) {
    totals.files += report.acknowledged.size();
    totals.left += report.left.size();
    totals.bytes += report.statistics.file_bytes;
    totals.repeated += report.statistics.repeated_bytes;
    totals.connects += report.statistics.connects;
    totals.violations += report.statistics.violations;
    EXPECT_EQ(report.statistics.violations, 0U) << report.imei << ": " << report.statistics.violation;
  }
  return totals;
}

TEST(Crash, KilledAgainAndAgainTheServerLosesNothing) {
  const CampaignOptions options = CampaignOptions::from_environment();
  fmt::print("{} rounds, {} cameras at {} bytes/s; repeat with DUALCAM_CRASH_SEED={}\n", options.rounds,
             options.cameras, options.bytes_per_second, options.seed);
  Campaign campaign(options);
  campaign.run();
  EXPECT_TRUE(campaign.let_cameras_finish());

  const Totals totals = totals_of(campaign.reports());
  const SentAgain& again = campaign.sent_again();
  fmt::print("{} files, {} connections; {} of {} bytes sent again ({:.2f} %)\n{}", totals.files, totals.connects,
             totals.repeated, totals.bytes,
             100.0 * static_cast<double>(totals.repeated) / static_cast<double>(totals.bytes), again.described());
  EXPECT_EQ(totals.left, 0U);
  EXPECT_GE(campaign.rounds_under_load(), options.rounds / 2) << "Most kills are to hit connected cameras.";
  EXPECT_GT(again.resumes(), options.rounds) << "Too few transfers were interrupted to prove anything.";
  EXPECT_LT(again.quantile(0.5), usual);
  EXPECT_LT(again.quantile(1), storage::block_size);

  const sim::Verdict verdict = campaign.ask_server();
  for (const sim::Problem& problem : verdict.problems) ADD_FAILURE() << problem.text;
  EXPECT_EQ(verdict.identical, totals.files);
  EXPECT_EQ(verdict.identical, campaign.acknowledgements());

  const CatalogAudit audit = campaign.stop_and_audit();
  fmt::print("{} files identical; {} media rows, {} events\n", verdict.identical, audit.media, audit.events);
  EXPECT_EQ(audit.integrity, "ok");
  EXPECT_EQ(audit.media, static_cast<std::int64_t>(totals.files)) << "Something else is visible.";
  EXPECT_EQ(audit.events, audit.media);
  EXPECT_EQ(audit.media_with_one_event, audit.media);
  EXPECT_EQ(campaign.files_in_spool(), 0U);
}

}  // namespace
}  // namespace tests
