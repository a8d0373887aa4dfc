"""What the guard says to those whom it refuses, and what stands on the page about the operator."""

EN = {
    "refused_host_unknown": "This app does not answer to the name {host}. Its operator can allow it: "
    "ALLOWED_HOSTS={host}",
    "refused_no_such_path": "There is nothing at this address.",
    "refused_method_not_allowed": "{method} is not allowed at this address.",
    "refused_origin_foreign": "Only the app's own pages may ask this; this request comes from {origin}.",
    "refused_too_often": "That was too often. Please try again in {seconds} s.",
    "refused_too_many_streams": "Too many pages are open at your address ({most} streams). Please close "
    "some, and try again in {seconds} s.",
    "refused_body_large": "The request is too large: at most {limit} are allowed here.",
    "refused_body_slow": "The request did not arrive within {seconds_allowed} s.",
    "refused_length_wrong": "Content-Length is not a number: {length}",
    "refused_event_wrong": "This is not an event of the page. What is wrong with it: {reason}",
    "refused_event_short": "The function takes {needed} values; {got} came.",
    "refused_no_such_function": "The page has no such function.",
    "refused_operator_sign_in": "Only the operator may do this. Please sign in.",
    "refused_operator_off": "Only the operator may do this, and nobody is the operator: the app was started "
    "without OPERATOR_PASSWORD.",
    "refused_operator_everybody": "Only the operator may do this. Without OPERATOR_PASSWORD, that is whoever "
    "opens the app on its own machine, at http://127.0.0.1.",
    "refused_password_wrong": "This is not the password.",
    "refused_password_often": "Too many wrong passwords. Please try again in {seconds} s.",
    "refused_sign_in_failed": "The sign-in failed: {reason}",
    "refused_not_an_operator": "{name} is not one of the operators of this app (OPERATOR_USERS).",
    "sign_in": "Sign in",
    "sign_in_hugging_face": "Sign in with Hugging Face",
    "sign_out": "Sign out",
    "sign_in_unreachable": "The server does not answer. Please try again.",
    "password": "Password of the operator",
    "operator_off": "Operator access is off: OPERATOR_PASSWORD (on a Space also OPERATOR_USERS) is not set.",
    "operator_elsewhere": "Operator access without a password is only for pages opened at http://127.0.0.1.",
}

ZH = {
    "refused_host_unknown": "本应用不以 {host} 这个名称提供服务。运维者可以允许它：ALLOWED_HOSTS={host}",
    "refused_no_such_path": "此地址没有内容。",
    "refused_method_not_allowed": "此地址不允许 {method}。",
    "refused_origin_foreign": "只有本应用自己的页面可以这样请求；这个请求来自 {origin}。",
    "refused_too_often": "请求过于频繁，请在 {seconds} 秒后重试。",
    "refused_too_many_streams": "您的地址打开的页面太多（{most} 个连接）。请关闭一些，{seconds} 秒后重试。",
    "refused_body_large": "请求太大：此处最多允许 {limit}。",
    "refused_body_slow": "请求没有在 {seconds_allowed} 秒内到达。",
    "refused_length_wrong": "Content-Length 不是数字：{length}",
    "refused_event_wrong": "这不是本页面的事件。问题所在：{reason}",
    "refused_event_short": "此函数需要 {needed} 个值，收到 {got} 个。",
    "refused_no_such_function": "页面没有这个函数。",
    "refused_operator_sign_in": "只有运维者可以这样做，请先登录。",
    "refused_operator_off": "只有运维者可以这样做，而目前没有运维者：启动应用时没有设置 OPERATOR_PASSWORD。",
    "refused_operator_everybody": "只有运维者可以这样做。没有设置 OPERATOR_PASSWORD 时，"
    "在本机通过 http://127.0.0.1 打开应用的人就是运维者。",
    "refused_password_wrong": "密码不对。",
    "refused_password_often": "密码错误次数太多，请在 {seconds} 秒后重试。",
    "refused_sign_in_failed": "登录失败：{reason}",
    "refused_not_an_operator": "{name} 不是本应用的运维者（OPERATOR_USERS）。",
    "sign_in": "登录",
    "sign_in_hugging_face": "用 Hugging Face 登录",
    "sign_out": "退出登录",
    "sign_in_unreachable": "服务器没有响应，请重试。",
    "password": "运维者密码",
    "operator_off": "运维功能已关闭：没有设置 OPERATOR_PASSWORD（在 Space 上也可用 OPERATOR_USERS）。",
    "operator_elsewhere": "没有设置密码时，只有在本机通过 http://127.0.0.1 打开的页面才有运维功能。",
}
