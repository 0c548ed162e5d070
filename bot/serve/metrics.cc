#include "bot/serve/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace handrail::serve {

struct Metrics::Parts {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& received =
      prometheus::BuildCounter()
          .Name("handrail_received_total")
          .Help("Deliveries from platforms, by outcome")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& turns = prometheus::BuildCounter()
                                                       .Name("handrail_turns_total")
                                                       .Help("Turns taken, by channel and intent")
                                                       .Register(registry);
  prometheus::Histogram& turn_seconds =
      prometheus::BuildHistogram()
          .Name("handrail_turn_seconds")
          .Help("From taking up a message to its committed decision")
          .Register(registry)
          .Add({}, prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.002, 0.005, 0.01, 0.05,
                                                           0.2, 1, 2});
  prometheus::Family<prometheus::Counter>& sends = prometheus::BuildCounter()
                                                       .Name("handrail_sends_total")
                                                       .Help("Sends to platforms, by result")
                                                       .Register(registry);
  prometheus::Histogram& send_seconds =
      prometheus::BuildHistogram()
          .Name("handrail_send_seconds")
          .Help("From the decision to the platform's acceptance")
          .Register(registry)
          .Add({}, prometheus::Histogram::BucketBoundaries{0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600});
  prometheus::Family<prometheus::Gauge>& gauges =
      prometheus::BuildGauge()
          .Name("handrail_rows")
          .Help("Rows that wait: outbox, given up, open tickets")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& sockets =
      prometheus::BuildGauge()
          .Name("handrail_socket_connected")
          .Help("1 while a socket that is kept open is connected: discord_gateway, slack_socket_mode")
          .Register(registry);
};

Metrics::Metrics() : parts_(std::make_unique<Parts>()) {}
Metrics::~Metrics() = default;

void Metrics::received(const std::string& channel, const std::string& outcome) {
  parts_->received.Add({{"channel", channel}, {"outcome", outcome}}).Increment();
}

void Metrics::turn(const std::string& channel, const std::string& intent, double seconds) {
  parts_->turns.Add({{"channel", channel}, {"intent", intent.empty() ? "action" : intent}})
      .Increment();
  parts_->turn_seconds.Observe(seconds);
}

void Metrics::sent(const std::string& channel, double seconds) {
  parts_->sends.Add({{"channel", channel}, {"result", "sent"}}).Increment();
  parts_->send_seconds.Observe(seconds);
}

void Metrics::send_retried(const std::string& channel) {
  parts_->sends.Add({{"channel", channel}, {"result", "retried"}}).Increment();
}

void Metrics::send_given_up(const std::string& channel) {
  parts_->sends.Add({{"channel", channel}, {"result", "given_up"}}).Increment();
}

void Metrics::open_socket(const std::string& which, bool connected) {
  parts_->sockets.Add({{"socket", which}}).Set(connected ? 1 : 0);
}

void Metrics::gauges(double queued, double given_up, double open_tickets) {
  parts_->gauges.Add({{"table", "outbox_queued"}}).Set(queued);
  parts_->gauges.Add({{"table", "outbox_given_up"}}).Set(given_up);
  parts_->gauges.Add({{"table", "tickets_unresolved"}}).Set(open_tickets);
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(parts_->registry.Collect());
}

}  // namespace handrail::serve
