// Each guide in each state of an account, in both languages: the whole text that a person reads
// before the steps. Marks that isolate directions are taken out, as a reader does not see them.
#include <gtest/gtest.h>

#include "knowledge/shelf.h"

namespace handrail::knowledge {
namespace {

constexpr std::int64_t kMarch14 = 1773446400000;
constexpr std::int64_t kFebruary14 = 1771027200000;

const Shelf& shelf() {
  static locales::Problems problems;
  static const auto loaded =
      Shelf::load(std::string(HANDRAIL_SOURCE_DIR) + "/knowledge", {"en", "fa"}, "UTC", problems);
  return *loaded;
}

std::string visible(std::string text) {
  for (const char* mark : {"\u2066", "\u2067", "\u2068", "\u2069"}) {
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.erase(at, 3);
  }
  return text;
}

std::string read_aloud(const std::vector<std::string>& paragraphs) {
  std::string text;
  for (const std::string& paragraph : paragraphs)
    text += (text.empty() ? "" : "\n") + visible(paragraph);
  return text;
}

Facts account(const char* status, bool auto_renew) {
  return {{"status", std::string(status)},
          {"auto_renew", auto_renew},
          {"next_billing_at", locales::Date{kMarch14}},
          {"current_period_end", locales::Date{kMarch14}}};
}
Facts reason(const char* why) {
  return {{"free_credits.eligible", false}, {"free_credits.blocked_reason", std::string(why)}};
}

struct Case {
  const char* name;
  const char* topic;
  Facts facts;
  const char* english;
  const char* persian;
};

class GuideTexts : public testing::TestWithParam<Case> {};

TEST_P(GuideTexts, SayExactlyThisInBothLanguages) {
  const Case& c = GetParam();
  EXPECT_EQ(read_aloud(shelf().render(c.topic, "en", c.facts).intro), c.english);
  EXPECT_EQ(read_aloud(shelf().render(c.topic, "fa", c.facts).intro), c.persian);
}

const std::vector<Case>& cases() {
  static const std::vector<Case> list = {
      {"CancelActive", "cancel_subscription", account("active", true),
       "Your subscription is active and would renew on **March 14, 2026**. Cancel before that day "
       "and you will not be charged again.",
       "اشتراک شما فعال است و در تاریخ **۲۳ اسفند ۱۴۰۴** تمدید می‌شود. اگر پیش از آن روز لغو "
       "کنید، دیگر مبلغی کسر نمی‌شود."},
      {"CancelTrialing", "cancel_subscription", account("trialing", true),
       "Your trial is running. If you cancel before **March 14, 2026**, nothing is charged, and "
       "you keep the trial until then.",
       "دورهٔ آزمایشی شما در جریان است. اگر پیش از **۲۳ اسفند ۱۴۰۴** لغو کنید، مبلغی کسر نمی‌شود "
       "و تا همان روز از دورهٔ آزمایشی استفاده می‌کنید."},
      {"CancelPastDue", "cancel_subscription", account("past_due", true),
       "Your last payment did not go through, and the subscription is still switched on. You can "
       "cancel it in the same seven steps:",
       "آخرین پرداخت شما انجام نشده و اشتراک هنوز روشن است. با همین هفت مرحله می‌توانید آن را "
       "لغو کنید:"},
      {"CancelAlreadyOff", "cancel_subscription", account("active", false),
       "Good news: renewal is already off, and you will not be charged again.\n"
       "You keep your benefits until **March 14, 2026**.\n"
       "These are the steps, all done:",
       "خبر خوب: تمدید اشتراک شما از قبل خاموش است و دیگر مبلغی کسر "
       "نمی‌شود.\n"
       "مزایای شما تا **۲۳ اسفند ۱۴۰۴** برقرار می‌ماند.\n"
       "این‌ها مراحل کار است که همه انجام شده‌اند:"},
      {"CancelAlreadyOffWithoutADate", "cancel_subscription", Facts{{"auto_renew", false}},
       "Good news: renewal is already off, and you will not be charged again.\n"
       "These are the steps, all done:",
       "خبر خوب: تمدید اشتراک شما از قبل خاموش است و دیگر مبلغی کسر "
       "نمی‌شود.\n"
       "این‌ها مراحل کار است که همه انجام شده‌اند:"},
      {"CancelFree", "cancel_subscription",
       Facts{{"status", std::string("free")}, {"auto_renew", false}},
       "You are on the free plan, so there is nothing to cancel and nothing will be charged.\n"
       "If you see a charge you do not expect, tell me, and a person will look at it. For later, "
       "this is how cancelling works:",
       "پلن شما رایگان است؛ چیزی برای لغو وجود ندارد و مبلغی هم کسر "
       "نمی‌شود.\n"
       "اگر برداشتی می‌بینید که انتظارش را ندارید، به من بگویید تا یکی از همکاران آن را بررسی "
       "کند. برای بعد، روش لغو این است:"},
      {"CancelUnknown", "cancel_subscription", Facts{},
       "You can cancel by yourself in seven short steps. It takes about a minute.",
       "می‌توانید خودتان در هفت مرحلهٔ کوتاه اشتراک را لغو کنید. حدود یک دقیقه طول "
       "می‌کشد."},
      {"StatusActive", "subscription_status", account("active", true),
       "Your plan is active and renews on **March 14, 2026**.",
       "پلن شما فعال است و در تاریخ **۲۳ اسفند ۱۴۰۴** تمدید "
       "می‌شود."},
      {"StatusTrialing", "subscription_status", account("trialing", true),
       "Your trial is running. It becomes a paid plan on **March 14, 2026** unless you cancel "
       "before.",
       "دورهٔ آزمایشی شما در جریان است. اگر پیش از **۲۳ اسفند ۱۴۰۴** لغو نکنید، در آن روز به پلن "
       "پولی تبدیل می‌شود."},
      {"StatusPastDue", "subscription_status", account("past_due", true),
       "Your plan is still switched on, but the last payment did not go through. Please check your "
       "card in **Subscription Info**.",
       "پلن شما هنوز روشن است، اما آخرین پرداخت انجام نشده. لطفاً کارت خود را در **Subscription "
       "Info** بررسی کنید."},
      {"StatusEnding", "subscription_status", account("canceled", false),
       "Renewal is off, and you will not be charged again.\n"
       "Your plan stays with all its benefits until **March 14, 2026**, and then it ends by "
       "itself.",
       "تمدید خاموش است و دیگر مبلغی کسر نمی‌شود.\n"
       "پلن شما با همهٔ مزایا تا **۲۳ اسفند ۱۴۰۴** می‌ماند و بعد خودبه‌خود تمام "
       "می‌شود."},
      {"StatusFreeWithCredits", "subscription_status",
       Facts{{"status", std::string("free")}, {"credits.balance", std::int64_t{1}}},
       "You are on the free plan. Nothing renews and nothing will be charged.\n"
       "You have 1 credit left.",
       "پلن شما رایگان است. چیزی تمدید نمی‌شود و مبلغی کسر "
       "نمی‌شود.\n"
       "۱ اعتبار برای شما مانده است."},
      {"StatusUnknown", "subscription_status", Facts{},
       "This is how to see it: click your profile picture at the top right, choose **Credits**, "
       "and click **Manage** beside your plan. **Subscription Info** shows the status. A next "
       "billing date and a **Cancel renewal** button mean that it is active and will renew; an end "
       "date means that it has been cancelled.",
       "این‌طور می‌توانید ببینید: روی عکس پروفایل خود در گوشهٔ بالای صفحه کلیک کنید، "
       "**Credits** را انتخاب کنید و کنار پلن خود روی **Manage** بزنید. صفحهٔ **Subscription Info** "
       "وضعیت را نشان می‌دهد. تاریخ پرداخت بعدی و دکمهٔ **Cancel renewal** یعنی اشتراک فعال است و "
       "تمدید می‌شود؛ تاریخ پایان یعنی لغو شده است."},
      {"RefundUnknown", "refund", Facts{},
       "A person from our team looks at your payment and answers you here. I cannot decide about "
       "money myself, so I cannot promise anything yet.\n"
       "To find your payment, please write here: the e-mail address of your account, the date of "
       "the charge, and the last four digits of the card.",
       "یکی از همکاران ما پرداخت شما را بررسی می‌کند و همین‌جا به شما پاسخ می‌دهد. من خودم "
       "دربارهٔ پول تصمیم نمی‌گیرم و به همین دلیل هنوز نمی‌توانم قولی "
       "بدهم.\n"
       "برای پیدا کردن پرداخت شما لطفاً این‌ها را همین‌جا بنویسید: ایمیل حساب، تاریخ برداشت و "
       "چهار رقم آخر کارت."},
      {"RefundUnused", "refund",
       Facts{{"last_charge.amount", locales::Money{3900, "USD"}},
             {"last_charge.at", locales::Date{kFebruary14}},
             {"cancelled_at", locales::Date{kFebruary14}},
             {"credits.used_since_last_charge", std::int64_t{0}}},
       "A person from our team looks at your payment and answers you here. I cannot decide about "
       "money myself, so I cannot promise anything yet.\n"
       "What we know already: the last charge was **$39.00** on **February 14, 2026**.\n"
       "You cancelled on February 14, 2026.\n"
       "None of the credits have been used since that charge.",
       "یکی از همکاران ما پرداخت شما را بررسی می‌کند و همین‌جا به شما پاسخ می‌دهد. من خودم "
       "دربارهٔ پول تصمیم نمی‌گیرم و به همین دلیل هنوز نمی‌توانم قولی "
       "بدهم.\n"
       "آنچه تا اینجا می‌دانیم: آخرین برداشت **‎$۳۹٫۰۰** در تاریخ **۲۵ بهمن ۱۴۰۴** بوده "
       "است.\n"
       "شما در تاریخ ۲۵ بهمن ۱۴۰۴ لغو کرده‌اید.\n"
       "از زمان آن برداشت از اعتبار شما چیزی مصرف نشده است."},
      {"RefundUsed", "refund",
       Facts{{"last_charge.amount", locales::Money{3900, "USD"}},
             {"last_charge.at", locales::Date{kFebruary14}},
             {"credits.used_since_last_charge", std::int64_t{1200}}},
       "A person from our team looks at your payment and answers you here. I cannot decide about "
       "money myself, so I cannot promise anything yet.\n"
       "What we know already: the last charge was **$39.00** on **February 14, 2026**.\n"
       "1,200 credits have been used since that charge.",
       "یکی از همکاران ما پرداخت شما را بررسی می‌کند و همین‌جا به شما پاسخ می‌دهد. من خودم "
       "دربارهٔ پول تصمیم نمی‌گیرم و به همین دلیل هنوز نمی‌توانم قولی "
       "بدهم.\n"
       "آنچه تا اینجا می‌دانیم: آخرین برداشت **‎$۳۹٫۰۰** در تاریخ **۲۵ بهمن ۱۴۰۴** بوده "
       "است.\n"
       "از زمان آن برداشت ۱٬۲۰۰ اعتبار مصرف شده است."},
      {"CreditsDeviceLimit", "missing_free_credits", reason("device_limit"),
       "We saw unusual activity in which some devices were used to make many accounts. To keep the "
       "free credits fair, devices over a limit are restricted, and accounts on such a device may "
       "not get the free daily credits.\n"
       "This is not personal, and it says nothing about you: a shared or second-hand device is "
       "enough.",
       "فعالیتی غیرعادی دیدیم که در آن با بعضی دستگاه‌ها حساب‌های زیادی ساخته شده بود. برای "
       "اینکه اعتبار رایگان عادلانه بماند، دستگاه‌هایی که از حد مجاز گذشته‌اند محدود می‌شوند "
       "و حساب‌های روی چنین دستگاهی ممکن است اعتبار رایگان روزانه را "
       "نگیرند.\n"
       "این موضوع شخصی نیست و چیزی دربارهٔ شما نمی‌گوید؛ یک دستگاه مشترک یا دست‌دوم هم کافی "
       "است."},
      {"CreditsRegion", "missing_free_credits", reason("region"),
       "The free daily credits are not offered in your region at the moment. That is no fault of "
       "yours, and we are sorry.",
       "اعتبار رایگان روزانه در حال حاضر در منطقهٔ شما ارائه نمی‌شود. این تقصیر شما نیست و از این "
       "بابت متأسفیم."},
      {"CreditsUnverified", "missing_free_credits", reason("unverified"),
       "Your e-mail address is not confirmed yet. Open the message we sent you when you signed up "
       "and click the link in it; after that the free credits can come.",
       "ایمیل شما هنوز تأیید نشده است. پیامی را که هنگام ثبت‌نام فرستادیم باز کنید و روی پیوند "
       "آن کلیک کنید؛ پس از آن اعتبار رایگان می‌تواند "
       "بیاید."},
      {"CreditsNextGrant", "missing_free_credits",
       Facts{{"free_credits.blocked_reason", std::string("none")},
             {"free_credits.next_grant_at", locales::Date{kMarch14}}},
       "Your account does get the free credits. The next ones come on **March 14, 2026**.",
       "حساب شما اعتبار رایگان می‌گیرد. نوبت بعدی **۲۳ اسفند ۱۴۰۴** "
       "است."},
      {"CreditsNothingHoldsThemBack", "missing_free_credits",
       Facts{{"free_credits.eligible", true}},
       "Nothing holds the free credits back: your account is meant to get them every day. If "
       "today's have not come, something went wrong on our side, and we would like to find out "
       "what.",
       "مانعی برای اعتبار رایگان حساب شما وجود ندارد و قرار است هر روز آن را بگیرید. اگر اعتبار "
       "امروز نیامده، مشکلی از سمت ما پیش آمده و می‌خواهیم آن را پیدا "
       "کنیم."},
      {"CreditsUnknown", "missing_free_credits", Facts{},
       "We saw unusual activity in which some devices were used to make many accounts. To keep the "
       "free credits fair, devices over a limit are restricted, and accounts on such a device may "
       "not get the free daily credits.\n"
       "This is not personal, and it may have nothing to do with what you did.",
       "فعالیتی غیرعادی دیدیم که در آن با بعضی دستگاه‌ها حساب‌های زیادی ساخته شده بود. برای "
       "اینکه اعتبار رایگان عادلانه بماند، دستگاه‌هایی که از حد مجاز گذشته‌اند محدود می‌شوند "
       "و حساب‌های روی چنین دستگاهی ممکن است اعتبار رایگان روزانه را "
       "نگیرند.\n"
       "این موضوع شخصی نیست و شاید هیچ ربطی به کار شما نداشته باشد."},
      {"PaymentPastDue", "payment_problem", account("past_due", true),
       "Your last payment did not go through. Your plan stays switched on for now.\n"
       "Please check three things: the card is still valid, your bank allows online payments "
       "abroad, and the name and postcode match those of your bank. Then try again in "
       "**Subscription Info**, or with another card.\n"
       "In some countries, Iran among them, our payment provider does not accept local cards. We "
       "are sorry: that is a rule we cannot change, and it is not about you.",
       "آخرین پرداخت شما انجام نشده است. پلن شما فعلاً روشن "
       "می‌ماند.\n"
       "لطفاً سه چیز را بررسی کنید: کارت هنوز اعتبار داشته باشد، بانک شما پرداخت اینترنتی خارجی را "
       "مجاز بداند، و نام و کد پستی با اطلاعات بانک یکی باشد. سپس در **Subscription Info** دوباره "
       "تلاش کنید یا کارت دیگری را امتحان کنید.\n"
       "در بعضی کشورها، از جمله ایران، شرکت پرداخت ما کارت‌های محلی را نمی‌پذیرد. متأسفیم؛ "
       "تغییر این محدودیت در اختیار ما نیست و شما هم هیچ تقصیری ندارید."},
      {"PaymentUnknown", "payment_problem", Facts{},
       "Please check three things: the card is still valid, your bank allows online payments "
       "abroad, and the name and postcode match those of your bank. Then try again in "
       "**Subscription Info**, or with another card.\n"
       "In some countries, Iran among them, our payment provider does not accept local cards. We "
       "are sorry: that is a rule we cannot change, and it is not about you.",
       "لطفاً سه چیز را بررسی کنید: کارت هنوز اعتبار داشته باشد، بانک شما پرداخت اینترنتی خارجی را "
       "مجاز بداند، و نام و کد پستی با اطلاعات بانک یکی باشد. سپس در **Subscription Info** دوباره "
       "تلاش کنید یا کارت دیگری را امتحان کنید.\n"
       "در بعضی کشورها، از جمله ایران، شرکت پرداخت ما کارت‌های محلی را نمی‌پذیرد. متأسفیم؛ "
       "تغییر این محدودیت در اختیار ما نیست و شما هم هیچ تقصیری ندارید."},
  };
  return list;
}

INSTANTIATE_TEST_SUITE_P(States, GuideTexts, testing::ValuesIn(cases()),
                         [](const auto& state) { return std::string(state.param.name); });

TEST(CancelGuide, OnTheFreePlanTicksNothing) {
  const RenderedGuide guide = shelf().render(
      "cancel_subscription", "en", {{"status", std::string("free")}, {"auto_renew", false}});
  ASSERT_EQ(guide.steps.size(), 7U);
  for (const GuideStep& step : guide.steps) EXPECT_FALSE(step.done) << step.id;
}

TEST(CancelGuide, TicksAllOnceRenewalIsOffAlthoughNothingElseIsKnown) {
  for (const GuideStep& step :
       shelf().render("cancel_subscription", "en", {{"auto_renew", false}}).steps)
    EXPECT_TRUE(step.done) << step.id;
}

TEST(CancelGuide, SaysWhatItSawAfterDone) {
  const auto say = [](const char* locale, const Facts& facts) {
    return visible(shelf().verify("cancel_subscription", locale, facts).text);
  };
  EXPECT_EQ(say("en", account("active", false)),
            "Renewal is off, and you will not be charged again.\n"
            "You keep your benefits until **March 14, 2026**.");
  EXPECT_EQ(say("fa", account("active", false)),
            "تمدید خاموش است و دیگر مبلغی کسر نمی‌شود.\n"
            "مزایای شما تا **۲۳ اسفند ۱۴۰۴** برقرار می‌ماند.");
  EXPECT_EQ(say("en", {{"auto_renew", false}}),
            "Renewal is off, and you will not be charged again.");
  EXPECT_EQ(say("en", account("active", true)),
            "Your subscription is still active. The pop-up was probably closed before the second "
            "click on **Cancel renewal**. Let us do this step once more:");
  EXPECT_EQ(
      shelf().verify("cancel_subscription", "en", {{"status", std::string("active")}}).outcome,
      Outcome::cannot_tell);
  EXPECT_FALSE(say("fa", {}).empty());
}

}  // namespace
}  // namespace handrail::knowledge
