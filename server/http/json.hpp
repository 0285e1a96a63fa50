// Everything the API says, as JSON text. Text of devices may hold any bytes: what is not UTF-8 becomes U+FFFD.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/making.hpp"
#include "server/http/readiness.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/catalog/job_catalog.hpp"

namespace http {

std::string media_json(const storage::Media& media, const Makings& known);

// {"items":[…],"next_cursor":…}; an empty cursor is null.
std::string media_page_json(std::span<const storage::Media> items, const JobsByFile& jobs,
                            std::string_view next_cursor);
std::string job_page_json(std::span<const storage::Job> items, std::string_view next_cursor);
std::string transfer_page_json(std::span<const storage::Transfer> items, std::string_view next_cursor);
std::string device_page_json(std::span<const storage::Device> items, std::string_view next_cursor);

std::string jobs_json(std::span<const storage::Job> jobs);  // {"items":[…]}
// Of a derived object that is not there yet: {"state":…,"percent":…,"task":…}.
std::string making_json(const Making& making);
std::string probe_json(const base::Uuid& media_id, const storage::MediaProbe& probe);

std::string tombstone_json(const storage::Tombstone& file);
// The problem of a deleted file, with what is left of it.
std::string gone_json(const storage::Tombstone& file, std::string_view title, std::string_view detail);
std::string scrub_json(const std::optional<storage::ScrubRun>& run, std::span<const storage::Finding> findings);

std::string health_json(std::string_view version, std::chrono::seconds uptime, bool relays);
std::string readiness_json(const ReadinessReport& report, bool draining);
// With the member `faults`, one of each line that is not empty.
std::string faults_json(int status, std::string_view title, std::string_view detail, std::string_view faults);
std::string problem_json(int status, std::string_view title, std::string_view detail, std::string_view parameter);

}  // namespace http
