#include "bot/serve/routes.h"
#include "bot/storage/outbox.h"
#include "bot/storage/tickets.h"

namespace handrail::serve {

void add_operations_routes(HttpServer& server, App& app) {
  server.get("/health",
             [](const httplib::Request&, const std::string&, httplib::Response& response) {
               answer_json(response, 200, {{"status", "ok"}});
             });
  server.get("/ready",
             [&app](const httplib::Request&, const std::string&, httplib::Response& response) {
               const base::Status read = app.store().read([](storage::Session& session) {
                 storage::next_ticket_number(session);
                 return base::done();
               });
               nlohmann::json reasons = nlohmann::json::array();
               if (!read) reasons.push_back("the database does not answer");
               answer_json(response, reasons.empty() ? 200 : 503,
                           {{"ready", reasons.empty()}, {"reasons", reasons}});
             });
  server.get(
      "/metrics", [&app](const httplib::Request&, const std::string&, httplib::Response& response) {
        const base::Status read = app.store().read([&](storage::Session& session) {
          const storage::OutboxCounts counts = storage::count_outbox(session);
          const auto open = storage::list_tickets(session, "unresolved", 10'000).size();
          app.metrics().gauges(static_cast<double>(counts.queued),
                               static_cast<double>(counts.given_up), static_cast<double>(open));
          return base::done();
        });
        if (!read) return answer_error(response, read.error());
        response.set_content(app.metrics().text(), "text/plain; version=0.0.4");
      });
}

}  // namespace handrail::serve
