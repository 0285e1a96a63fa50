#include "tools/request/command.hpp"

#include <fmt/format.h>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "tools/request/api.hpp"
#include "tools/request/text.hpp"
#include "tools/request/watch.hpp"
#include "tools/request/wish.hpp"

namespace request {

namespace {
using base::Errc;

Outcome complain(const base::Error& error) {
  fmt::print(stderr, "dualcam request: {}\n", error.message);
  return error.code == Errc::refused ? Outcome::bad : Outcome::unusable;
}

void print_one(const Request& request, const CommandOptions& options) {
  fmt::print("{}", options.json ? request.json + "\n" : describe(request));
}

base::Result<> check(const CommandOptions& options) {
  const int others = int{options.list} + int{!options.cancel.empty()} + int{!options.watch.empty()};
  if (others > 1) return base::fail(Errc::invalid, "--list, --cancel and --watch are three commands; give one.");
  if (others == 1 && (options.video || options.photo))
    return base::fail(Errc::invalid, "--video and --photo make a request; --list, --cancel and --watch are of others.");
  if (others == 0 && options.imei.empty())
    return base::fail(Errc::invalid, "Which device? Give its IMEI, or --list, --cancel ID or --watch ID.");
  if (!options.imei.empty() && !base::Imei::parse(options.imei))
    return base::fail(
        Errc::invalid,
        fmt::format("\"{}\" is no IMEI: that has 15 digits, of which the last one is a check digit.", options.imei));
  return {};
}

Outcome outcome_of(const Request& request) {
  return request.is_stored() ? Outcome::good : Outcome::bad;
}

Outcome wait_for(Api& api, const Request& request, const CommandOptions& options) {
  const auto end = watch(api, request, options);
  if (!end) {
    fmt::print(stderr,
               "dualcam request: The request goes on without this program; dualcam request --watch {} looks at "
               "it again.\n",
               request.id);
    return complain(end.error());
  }
  print_one(*end, options);
  return outcome_of(*end);
}

Outcome make(Api& api, const CommandOptions& options) {
  const auto body = request_body(options, base::utc_now());
  if (!body) return complain(body.error());
  const auto made = api.make(options.imei, *body);
  if (!made) return complain(made.error());
  if (made->existed && !options.json) fmt::print("This was asked for before.\n");
  if (!options.wait) {
    print_one(made->request, options);
    return Outcome::good;
  }
  if (!options.json && !options.quiet) {
    fmt::print("{}\n", title(made->request));
    std::fflush(stdout);
  }
  return wait_for(api, made->request, options);
}

Outcome list(Api& api, const CommandOptions& options) {
  const auto page = api.list(options.imei, options.state, options.limit);
  if (!page) return complain(page.error());
  fmt::print("{}", options.json ? page->json + "\n" : as_table(page->items));
  return Outcome::good;
}

Outcome cancel(Api& api, const CommandOptions& options) {
  const auto cancelled = api.cancel(options.cancel);
  if (!cancelled) return complain(cancelled.error());
  print_one(*cancelled, options);
  return Outcome::good;
}

Outcome watch_known(Api& api, const CommandOptions& options) {
  const auto request = api.find(options.watch);
  return request ? wait_for(api, *request, options) : complain(request.error());
}
}  // namespace

Outcome run_command(const CommandOptions& options) {
  if (const auto good = check(options); !good) return complain(good.error());
  auto client = http::client_of(options.access);
  if (!client) return complain(client.error());
  Api api(std::move(*client));
  if (options.list) return list(api, options);
  if (!options.cancel.empty()) return cancel(api, options);
  if (!options.watch.empty()) return watch_known(api, options);
  return make(api, options);
}

}  // namespace request
