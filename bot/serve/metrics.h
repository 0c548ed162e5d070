// Counters and histograms for /metrics (Prometheus text format, prometheus-cpp). Labels are fixed
// words: channels, intents, reasons; never ids or texts. Thread safe.
#pragma once

#include <memory>
#include <string>

namespace handrail::serve {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  void received(const std::string& channel, const std::string& outcome);
  void turn(const std::string& channel, const std::string& intent, double seconds);
  void sent(const std::string& channel, double seconds);
  void send_retried(const std::string& channel);
  void send_given_up(const std::string& channel);
  void open_socket(const std::string& which, bool connected);
  void gauges(double queued, double given_up, double open_tickets);
  std::string text() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace handrail::serve
