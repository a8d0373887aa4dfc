"""What the dashboard says where somebody asks for more than it gives."""

EN = {
    "busy": "The dashboard is busy with other requests. Please try again in {seconds} s.",
    "export_cut_size": "This export ends here, since EXPORT_MB={mb} is reached: {records} of {selected} "
    "records. For the others, choose a shorter time or another filter.",
    "export_cut_time": "This export ends here, since EXPORT_SECONDS={seconds} have passed: {records} of "
    "{selected} records. For the others, choose a shorter time or another filter.",
    "export_cut_gone": "{missing} of {selected} records are not in this export: the memory for lines did not "
    "suffice. The files of the log still hold them.",
}

ZH = {
    "busy": "监控页面正在处理其他请求，请在 {seconds} 秒后重试。",
    "export_cut_size": "已达到大小上限 EXPORT_MB={mb}，导出到此为止："
    "共 {selected} 条记录，已导出 {records} 条。如需其余记录，请缩短时间范围或调整筛选条件。",
    "export_cut_time": "已达到时间上限 EXPORT_SECONDS={seconds}，导出到此为止："
    "共 {selected} 条记录，已导出 {records} 条。"
    "如需其余记录，请缩短时间范围或调整筛选条件。",
    "export_cut_gone": "共 {selected} 条记录，其中 {missing} 条不在此导出文件中：存放日志行的内存不足。"
    "日志文件中仍有这些记录。",
}
