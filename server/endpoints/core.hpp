// The hub at work: what it decides is carried out, timed, logged and told. One thread, the relay's.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/host.hpp"
#include "server/endpoints/relay.hpp"

namespace endpoints {

class Core final : public Host {
 public:
  Core(const hub::HubOptions& options, Services services, prometheus::Registry& registry);
  ~Core() override;

  base::Result<> open(net::relay::HttpClient::Options http);  // before endpoints are made

  // ---- For endpoints.
  asio::io_context& context() noexcept override { return context_; }
  net::relay::HttpClient& http() noexcept override { return *http_; }
  base::WorkerPool& pool() noexcept override { return *pool_; }
  hub::Now now() const override { return {base::steady_now(), base::utc_now()}; }
  base::Uuid new_id(base::UtcTime now) override { return base::Uuid::v7(now); }
  void heard(hub::Event event) override;
  void refused(Refused refused) override;
  void misread(std::string_view what) override;
  void sent(hub::Protocol protocol, std::string_view key, std::chrono::milliseconds window) override;
  void health_changed(const std::string& endpoint) override;
  std::shared_ptr<recorder::Channel> recording(const std::string& endpoint) override;

  // ---- For the relay, before start() or on the thread.
  void add(std::unique_ptr<Endpoint> endpoint);
  const std::vector<std::unique_ptr<Endpoint>>& endpoints() const noexcept { return endpoints_; }
  Endpoint* find(std::string_view name) const noexcept;
  EndpointState state_of(const Endpoint& endpoint) const;
  hub::Hub& hub() noexcept { return hub_; }
  // `call(Hub&, Now, Decisions&)`, and carries out what comes of it.
  template <class Call>
  auto ask_hub(Call&& call) {
    struct Behind {
      Core& core;
      ~Behind() { core.carry_out(); }
    } behind{*this};
    return call(hub_, now(), decisions_);
  }
  const Services& services() const noexcept { return services_; }
  // Nothing is fired any more: what falls due is kept for the next start.
  void stop();
  bool is_busy() const;  // something that began before is not written yet
  // Behind the end of the thread: what waits for the pool is dropped, and what runs there is waited for.
  void end_work() { pool_.reset(); }

 private:
  void carry_out();
  // What a target is asked for, as far as its outcome needs it.
  struct Asked {
    base::Uuid id;
    std::string target;
    bool last = true;  // nothing of its sequence is behind it
  };
  struct Ended {
    Asked asked;
    hub::Hub::Result result;
  };

  void fire(const std::vector<hub::Command>& commands);
  void put_off(hub::Command command);
  // What was decided, beside what went over the endpoint's sockets.
  void record(std::string_view endpoint, std::string_view what, std::string_view word);
  void ended(const Asked& asked, hub::Hub::Result result);
  void settle();
  void finish(Ended one);
  void keep_latency(const std::string& target);
  void write_latencies();
  void write_down(hub::Decisions& decisions);
  void count(const hub::Note& note);
  void set_timer();

  asio::io_context context_;
  std::unique_ptr<net::relay::HttpClient> http_;
  std::optional<base::WorkerPool> pool_;  // until end_work()
  Services services_;
  hub::Hub hub_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::map<std::string, Endpoint*, std::less<>> by_name_;
  std::map<std::string, std::shared_ptr<recorder::Channel>, std::less<>> recordings_;  // by endpoint
  hub::Decisions decisions_;  // of calls to the hub, until they are carried out
  hub::Decisions at_work_;
  std::vector<Ended> ended_;  // while commands were given to their targets
  bool working_ = false;
  bool firing_ = false;
  bool stopped_ = false;
  std::map<std::string, storage::RelayLatency, std::less<>> latencies_;  // to be written, by target
  bool writing_latencies_ = false;
  asio::steady_timer timer_;
  std::optional<base::SteadyTime> waking_at_;  // by the timer
  prometheus::Family<prometheus::Counter>& rows_;
  prometheus::Family<prometheus::Counter>& refused_;
  prometheus::Family<prometheus::Counter>& http_errors_;
  // Of rows_, those there are: the family would look each up by its words.
  std::map<std::tuple<bool, hub::Protocol, hub::Outcome>, prometheus::Counter*> counters_;
};

}  // namespace endpoints
