"""What the dashboard says of an opened file: how it is sent, how it was read, what its fields mean."""

EN = {
    "advice": "What was not read, and what to do",
    "advice_damaged": "Compressed files that cannot be read to their end ({count}): what stands "
    "before that place was read. Copy or download a damaged file again; gzip -t or zstd -t tests it.",
    "advice_metrics": "Metrics of OpenTelemetry ({count}): only logs and traces are read.",
    "advice_no_time": "Records without a time ({count}): no field of theirs is known to tell when they "
    "happened, or its value is no moment. Name the field that has the time, or add one to the file.",
    "advice_not_json": "Lines that are not JSON ({count}): plain text has no fields to measure. Where "
    "JSON stands behind other text, cut that off and open the result: sed 's/^[^{{]*//' FILE",
    "advice_not_object": "Values that are no objects ({count}): a number, a text or a list has no "
    "fields. Write one object a line.",
    "advice_text_no_time": "Lines of text without a time ({count}): nobody knows when they happened. Write "
    "the log with times: uvicorn --log-config FILE with %(asctime)s in its formats; docker logs "
    "--timestamps; kubectl logs --timestamps; journalctl -o short-iso; any other program (as llama-server, "
    "whose --log-timestamps count from its start): PROGRAM | ts '%Y-%m-%dT%H:%M:%S%z' | tee FILE",
    "advice_too_long": "Lines that are too long ({count}): a record may have {kib} KiB. Leave long "
    "fields out.",
    "advice_too_deep": "Lines whose values are nested too deep ({count}): a record may have 100 levels of "
    "objects and lists. Write what is inside as a text, or leave it out.",
    "advice_too_many": "Lines with more than 2,000 records ({count}): the rest of each was not read. Write "
    "one object a line.",
    "advice_torn": "Torn lines ({count}): the program was killed while it wrote, or the file was cut. "
    "They are lost; all others were read.",
    "damaged_early": "The {packing} file ends too early, after {size} bytes: the {text} bytes of text "
    "before that were read",
    "damaged_window": "The {packing} file cannot be read from byte {place} of {size} on, since its window is "
    "larger than 128 MiB: the {text} bytes of text before that were read. Compress it again without --long, "
    "or open what zstd -d --long=31 FILE gives",
    "damaged_wrong": "The {packing} file is damaged at byte {place} of {size} ({reason}): the {text} bytes "
    "of text before that were read",
    "drop_here": "Drop a log file here to open it",
    "drop_one": "Only one file can be opened at a time, and no folder. Please drop a single log file.",
    "events_alone_many": "{count} events, and no requests:",
    "events_alone_one": "1 event, and no requests:",
    "file_empty": "This file is empty: it has no lines.",
    "file_unread": "Nothing in this file could be read as a record.",
    "map_apply": "Read the file with these fields",
    "map_choose": "Choose below what the fields of this file mean.",
    "map_example": "{name} (e.g. {example})",
    "map_help": "This file has fields that are not known here. Choose for each of ours the field that it "
    "has in the file; leave out what it does not tell. The choice stands in the address.",
    "map_missing": "The first records of this file have no such field: {names}",
    "map_none": "not in this file",
    "map_reset": "Forget the choice",
    "map_setting": "LOG_MAP names the fields of another program's log; the README tells how.",
    "map_title": "Fields of this file",
    "map_unit": "Unit",
    "map_unit_choose": "choose",
    "map_cpu_usage_percent": "CPU, %",
    "map_error_message": "Error text",
    "map_label": "Label",
    "map_level": "Level",
    "map_memory_usage_mb": "Memory, MiB",
    "map_message": "Message",
    "map_model": "Model",
    "map_output_tokens": "Output tokens",
    "map_prompt_tokens": "Prompt tokens",
    "map_queue_wait_ms": "Queue wait",
    "map_request_id": "Request id",
    "map_response_time_ms": "Duration",
    "map_session_id": "Session",
    "map_status": "Status",
    "map_task_type": "Task",
    "map_timestamp": "Time",
    "map_tokens_per_second": "Tokens per second",
    "map_ttft_ms": "Time to first token",
    "no_records": "There are no records in this source.",
    "no_requests_in_file": "This file has no requests: no record tells both when it ended and how long "
    "it took.",
    "odd_times_many": "{count} records are dated far from the others ({examples}): they are left out of "
    "the charts",
    "odd_times_one": "1 record is dated far from the others ({examples}): it is left out of the charts",
    "read_as": "Read as {formats}",
    "read_as_many": "{format}: {count} records",
    "read_as_one": "{format}: {count} record",
    "scope_none": "no records, from {name}",
    "scope_reading": "{name} is being read: {percent}",
    "scope_so_far": "records so far: {count}",
    "show_events": "show them",
    "still_reading": "being read …",
    "unknown_number_many": "{count} lines end with a number of unknown meaning: where it is the duration, "
    "choose it and its unit below, or name it with --map {mapping} (LOG_MAP for the live log)",
    "unknown_number_one": "1 line ends with a number of unknown meaning: where it is the duration, choose "
    "it and its unit below, or name it with --map {mapping} (LOG_MAP for the live log)",
    "unknown_statuses": "Statuses that are none of ok, error, cancelled and rejected: {statuses}",
    "unknown_status": "{status} ({count})",
    "unknown_units_many": "{count} records tell a duration whose unit is not known, which is left out: "
    "choose the field and its unit below, or name it with --map {mapping} (LOG_MAP for the live log)",
    "unknown_units_one": "1 record tells a duration whose unit is not known, which is left out: choose the "
    "field and its unit below, or name it with --map {mapping} (LOG_MAP for the live log)",
    "upload": "Open a file",
    "upload_help": "A log file of at most {limit} MB, of any name, also compressed; it can be dropped "
    "onto the page, too. Only people who have the address can see it",
    "upload_unreadable": "The browser cannot read {name}: it is a folder, was removed, or may not be read.",
    "upload_wait": "Sending {name}",
    "zoneless": "Times without a zone, such as {example}, were read as UTC: LOG_TIMEZONE names another zone",
}

ZH = {
    "advice": "哪些内容没有读出，以及如何处理",
    "advice_damaged": "无法读到末尾的压缩文件（{count}）：该处之前的内容已读出。如文件损坏，请重新复制或"
    "下载；可用 gzip -t FILE 或 zstd -t FILE 检查它是否完整。",
    "advice_metrics": "OpenTelemetry 的指标（{count}）：只读取日志和链路追踪。",
    "advice_no_time": "没有时间的记录（{count}）：没有已知的时间字段，或其值不是时间。请选择表示时间的字"
    "段，或在文件中加上时间。",
    "advice_not_json": "不是 JSON 的行（{count}）：纯文本没有可度量的字段。如果 JSON "
    "前面有其他文字，请去掉后再打开：sed 's/^[^{{]*//' FILE",
    "advice_not_object": "不是对象的值（{count}）：数字、文本和列表没有字段。请每行写一个对象。",
    "advice_text_no_time": "没有时间的文本行（{count}）：无从得知何时发生。请让日志带上时间："
    "uvicorn --log-config FILE，其格式中写 %(asctime)s；docker logs --timestamps；"
    "kubectl logs --timestamps；journalctl -o short-iso；"
    "其他程序（例如 llama-server，其 --log-timestamps 只从启动时算起）："
    "PROGRAM | ts '%Y-%m-%dT%H:%M:%S%z' | tee FILE",
    "advice_too_long": "过长的行（{count}）：一条记录最多 {kib} KiB，请去掉过长的字段。",
    "advice_too_deep": "嵌套过深的行（{count}）：一条记录的对象和列表最多嵌套 100 层。请把"
    "内层写成文本，或去掉。",
    "advice_too_many": "一行超过 2,000 条记录（{count}）：该行其余记录未读取。请每行写一个对象。",
    "advice_torn": "残缺的行（{count}）：程序写入时被终止，或文件被截断。这些行无法恢复，其余都已读取。",
    "damaged_early": "此 {packing} 文件在 {size} 字节之后提前结束：之前的 {text} 字节文本已读出",
    "damaged_window": "此 {packing} 文件从第 {place} 字节（共 {size} 字节）起无法读取，因为其窗口大于 "
    "128 MiB：之前的 {text} 字节文本已读出。请不用 --long 重新压缩，或打开 zstd -d --long=31 FILE 得到的文件",
    "damaged_wrong": "此 {packing} 文件在第 {place} 字节（共 {size} 字节）处损坏（{reason}）："
    "之前的 {text} 字节文本已读出",
    "drop_here": "将日志文件拖放到这里打开",
    "drop_one": "一次只能打开一个文件，不能是文件夹。请只拖放一个日志文件。",
    "events_alone_many": "有 {count} 条事件，没有请求：",
    "events_alone_one": "有 1 条事件，没有请求：",
    "file_empty": "此文件是空的，没有任何行。",
    "file_unread": "此文件中没有任何内容能读作记录。",
    "map_apply": "按这些字段读取文件",
    "map_choose": "请在下面选择此文件各字段的含义。",
    "map_example": "{name}（例如 {example}）",
    "map_help": "此文件有一些未知的字段。请为下列每一项选择文件中对应的字段；文件中没有的可以不选。所做的"
    "选择保存在地址中。",
    "map_missing": "此文件的前若干条记录中没有这些字段：{names}",
    "map_none": "文件中没有",
    "map_reset": "取消选择",
    "map_setting": "其他程序的日志可用 LOG_MAP 指明各字段，详见 README。",
    "map_title": "此文件的字段",
    "map_unit": "单位",
    "map_unit_choose": "请选择",
    "map_cpu_usage_percent": "CPU, %",
    "map_error_message": "错误信息",
    "map_label": "标签",
    "map_level": "级别",
    "map_memory_usage_mb": "内存, MiB",
    "map_message": "消息",
    "map_model": "模型",
    "map_output_tokens": "输出 token 数",
    "map_prompt_tokens": "输入 token 数",
    "map_queue_wait_ms": "排队时间",
    "map_request_id": "请求 ID",
    "map_response_time_ms": "耗时",
    "map_session_id": "会话",
    "map_status": "状态",
    "map_task_type": "任务",
    "map_timestamp": "时间",
    "map_tokens_per_second": "每秒 token 数",
    "map_ttft_ms": "首个 token 的时间",
    "no_records": "此来源中没有记录。",
    "no_requests_in_file": "此文件中没有请求：没有记录同时给出结束时间和响应时间。",
    "odd_times_many": "有 {count} 条记录的时间与其他记录相差很远（{examples}），图中不包含它们",
    "odd_times_one": "有 1 条记录的时间与其他记录相差很远（{examples}），图中不包含它",
    "read_as": "读作 {formats}",
    "read_as_many": "{format}：{count} 条记录",
    "read_as_one": "{format}：{count} 条记录",
    "scope_none": "没有记录，来自 {name}",
    "scope_reading": "正在读取{name}：{percent}",
    "scope_so_far": "目前有 {count} 条记录",
    "show_events": "显示",
    "unknown_number_many": "有 {count} 行以含义未知的数字结尾：如果它是耗时，请在下面选择它及其单位，"
    "或用 --map {mapping} 指明（实时日志用 LOG_MAP）",
    "unknown_number_one": "有 1 行以含义未知的数字结尾：如果它是耗时，请在下面选择它及其单位，"
    "或用 --map {mapping} 指明（实时日志用 LOG_MAP）",
    "still_reading": "正在读取……",
    "unknown_statuses": "不属于 ok、error、cancelled 和 rejected 的状态：{statuses}",
    "unknown_status": "{status}（{count}）",
    "unknown_units_many": "有 {count} 条记录的耗时单位未知，已略去：请在下面选择字段及其单位，"
    "或用 --map {mapping} 指明（实时日志用 LOG_MAP）",
    "unknown_units_one": "有 1 条记录的耗时单位未知，已略去：请在下面选择字段及其单位，"
    "或用 --map {mapping} 指明（实时日志用 LOG_MAP）",
    "upload": "打开文件",
    "upload_help": "日志文件，最大 {limit} MB，文件名不限，可以是压缩文件；也可以拖放到页面上。只有持有此"
    "地址的人能看到",
    "upload_unreadable": "浏览器无法读取 {name}：它是文件夹、已被删除，或没有读取权限。",
    "upload_wait": "正在发送 {name}",
    "zoneless": "没有时区的时间（例如 {example}）按 UTC 读取：可用 LOG_TIMEZONE 指定其他时区",
}
