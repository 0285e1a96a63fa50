#include "tools/import/command.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "server/base/log.hpp"
#include "tools/import/import.hpp"
#include "tools/import/name_time.hpp"

namespace importing {

namespace {
namespace fs = std::filesystem;

base::Result<Options> read_options(const CommandOptions& given) {
  constexpr std::uint64_t mebibyte = 1024 * 1024;
  Options options{.layout = given.layout == "traccar" ? Layout::traccar : Layout::any,
                  .imei = std::nullopt,
                  .camera = base::parse_camera(given.camera).value_or(base::Camera::unknown),
                  .max_bytes = given.max_mebibytes * mebibyte,
                  .jobs = given.jobs};
  if (!given.imei.empty()) {
    options.imei = base::Imei::parse(given.imei);
    if (!options.imei || options.imei->is_reserved())
      return base::fail(
          base::Errc::invalid,
          fmt::format("\"{}\" is no IMEI of a device: 15 digits, the last one the check digit.", given.imei));
  }
  if (auto zone = use_time_zone(given.time_zone); !zone) return std::unexpected(zone.error());
  return options;
}

// As it is kept: whole, and without a slash at its end, so that its last part is its name.
fs::path folder_of(const std::string& given) {
  const fs::path folder = fs::absolute(given).lexically_normal();
  return folder.has_filename() ? folder : folder.parent_path();
}

ReportStyle style_of(const CommandOptions& given) {
  if (given.json) return ReportStyle::json;
  return given.dry_run ? ReportStyle::table : ReportStyle::summary;
}

Outcome refuse(const base::Error& error) {
  fmt::print(stderr, "dualcam import: {}\n", error.message);
  return error.code == base::Errc::invalid || error.code == base::Errc::conflict ? Outcome::unusable : Outcome::failed;
}

Outcome conclude(const base::Result<>& ended, Report& report) {
  report.finish(ended ? std::string() : ended.error().message);
  if (!ended) {
    fmt::print(stderr,
               "dualcam import: {} The import ends here; what was imported stays. Run it again when that is mended.\n",
               ended.error().message);
    return Outcome::failed;
  }
  return report.totals().refused > 0 ? Outcome::incomplete : Outcome::done;
}

template <class Run>
Outcome run_with_report(const CommandOptions& given, Run run) {
  Report report(style_of(given), given.dry_run, stdout);
  base::Result<> ended;
  {
    // The rows of a table go to the same terminal.
    verify::Progress progress(!given.quiet && style_of(given) != ReportStyle::table);
    ended = run(report, progress);
  }
  return conclude(ended, report);
}
}  // namespace

Outcome run_command(const CommandOptions& given) {
  base::log::configure({.level = base::log::Level::warning});  // what is normal for a server is noise beside a report
  const auto options = read_options(given);
  if (!options) return refuse(options.error());
  const auto source = SourceFolder::open(folder_of(given.folder));
  if (!source) return refuse(source.error());
  const Place place{.data_dir = given.data_dir, .catalog = given.catalog, .objects = given.objects};
  if (given.dry_run) {
    const auto catalog = open_to_ask(place);
    if (!catalog) return refuse(catalog.error());
    return run_with_report(given, [&](Report& report, verify::Progress& progress) {
      return look_through(*source, *options, catalog->get(), report, progress);
    });
  }
  auto targets = open_targets(place);
  if (!targets) return refuse(targets.error());
  return run_with_report(given, [&](Report& report, verify::Progress& progress) {
    return import_all(*source, *options, *targets, report, progress);
  });
}

}  // namespace importing
