// Keep the language that was chosen on the page in a cookie: the server reads it, too.
const YEAR_SECONDS = 365 * 86400;
// In a frame of another site, browsers drop a cookie of the first kind, and keep one of the second kind for that site
// alone. They keep the second kind for encrypted and local pages only.
const KINDS = ["samesite=lax", "samesite=none; secure; partitioned"];

// `path` is that of the app's page, so that other apps of the same host keep their own language.
export function chooseLanguage(language, path) {
  for (const kind of KINDS) document.cookie = `lang=${language}; path=${path}; max-age=${YEAR_SECONDS}; ${kind}`;
}
