"""What the dashboard says where somebody asks for more than it gives."""

EN = {
    "busy": "The dashboard is busy with other requests. Please try again in {seconds} s.",
    "export_cut_size": "This export ends here, since EXPORT_MB={mb} is reached: {records} of {selected} "
    "records. For the others, choose a shorter time or another filter.",
    "export_cut_time": "This export ends here, since EXPORT_SECONDS={seconds} have passed: {records} of "
    "{selected} records. For the others, choose a shorter time or another filter.",
    "export_cut_gone": "{missing} of {selected} records are not in this export: the memory for lines did not "
    "suffice. The files of the log still hold them.",
    "export_reading": "The log is still being read, and the export would lack records. Please try again in "
    "{seconds} s.",
    "upload_busy": "Other uploads are running. Please try again in a moment.",
    "upload_full": "Others have uploaded {most} files, which is as many as are kept. Each of them goes when "
    "nobody has looked at it for an hour. Please try again later.",
    "upload_failed": "The upload could not be stored: {error}",
    "upload_slow": "The upload took longer than UPLOAD_SECONDS={seconds} and was given up.",
    "upload_stalled": "The upload came at less than {rate} KiB a second and was given up.",
    "upload_too_large": "The file is larger than the maximum of {limit} MB.",
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
    "export_reading": "日志还在读取中，现在导出会缺少记录，请在 {seconds} 秒后重试。",
    "upload_busy": "正在处理其他上传，请稍后再试。",
    "upload_full": "其他人已上传 {most} 个文件，达到保留上限。一个文件一小时无人查看即被删除，请稍后再试。",
    "upload_failed": "无法保存上传的文件：{error}",
    "upload_slow": "上传时间超过 UPLOAD_SECONDS={seconds}，已放弃。",
    "upload_stalled": "上传速度低于每秒 {rate} KiB，已放弃。",
    "upload_too_large": "文件超过 {limit} MB 的上限。",
}
