#include "tools/verify/command.hpp"

#include <fmt/format.h>

#include "tools/verify/verifier.hpp"

namespace verify {

namespace {
struct Parts {
  std::unique_ptr<storage::ObjectStore> objects;
  std::unique_ptr<SegmentSource> segments;
  std::unique_ptr<storage::EvidenceCatalog> catalog;
};

base::Result<Parts> open_parts(const CommandOptions& options) {
  if (options.objects.empty() == options.segments.empty())
    return base::fail(base::Errc::invalid, "Give --objects URL or --segments FOLDER: where the evidence is.");
  Parts parts;
  if (!options.objects.empty()) {
    auto opened = storage::open_object_store_to_read(options.objects);
    if (!opened) return std::unexpected(opened.error());
    parts.objects = std::move(*opened);
    parts.segments = segments_in(*parts.objects);
  } else {
    auto opened = segments_in_folder(options.segments);
    if (!opened) return std::unexpected(opened.error());
    parts.segments = std::move(*opened);
  }
  if (options.catalog.empty()) return parts;
  auto catalog = storage::open_evidence(options.catalog);
  if (!catalog) return std::unexpected(catalog.error());
  parts.catalog = std::move(*catalog);
  return parts;
}

base::Result<Request> read_options(const CommandOptions& options) {
  Request request{.noted = options.head, .files = options.files, .content = !options.no_content, .jobs = options.jobs};
  if (!options.imei.empty()) {
    request.imei = base::Imei::parse(options.imei);
    if (!request.imei)
      return base::fail(base::Errc::invalid,
                        fmt::format("\"{}\" is no IMEI: 15 digits, the last one the Luhn check digit.", options.imei));
  }
  if (!options.head.empty() && !storage::evidence::is_sha256(options.head))
    return base::fail(base::Errc::invalid,
                      fmt::format("\"{}\" is no hash: 64 digits and lower-case letters a to f.", options.head));
  return request;
}

Outcome refuse(const base::Error& error) {
  fmt::print(stderr, "dualcam verify: {}\n", error.message);
  return error.code == base::Errc::invalid ? Outcome::unusable : Outcome::unreadable;
}
}  // namespace

Outcome run_command(const CommandOptions& options) {
  auto request = read_options(options);
  if (!request) return refuse(request.error());
  const auto parts = open_parts(options);
  if (!parts) return refuse(parts.error());
  request->segments = parts->segments.get();
  request->objects = parts->objects.get();
  request->catalog = parts->catalog.get();
  Report report;
  {
    Progress progress(!options.quiet);
    report = verify(*request, progress);
  }
  fmt::print("{}", options.json ? as_json(report) : as_text(report));
  return report.outcome();
}

}  // namespace verify
