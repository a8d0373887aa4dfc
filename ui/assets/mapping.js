// Return what a form says about the fields of a file, as the parameter `map` of the address:
// `latency:s=response_time_ms,kind=task_type` is the file's name, its unit, and our name for each chosen field.
export function mappingOf(form) {
  const units = new Map(
    [...form.querySelectorAll("[data-unit-of]")].map((select) => [select.dataset.unitOf, select.value]),
  );
  return [...form.querySelectorAll("[data-field]")]
    .filter((select) => select.value)
    .map(({ value, dataset: { field } }) => `${value}${units.get(field) ? `:${units.get(field)}` : ""}=${field}`)
    .join();
}
