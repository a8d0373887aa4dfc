"""What is said of the folder of the log: that it cannot be written, and what becomes of its old files."""

from ui.texts.words import Words

EN = {
    "disk_error": "The log cannot be written to the folder {folder} ({error}). {remedy}",
    "disk_error_here": "The log cannot be written.",
    "disk_remedy_permission": "Give the user who runs the app the right to write there, or set LOG_DIR to "
    "another folder.",
    "disk_remedy_read_only": "Mount its file system for writing, or set LOG_DIR to another folder.",
    "disk_remedy_no_folder": "A file stands in the place of the folder or of one above it: move it away, or "
    "set LOG_DIR to another folder.",
    "disk_remedy_no_file": "Something that is no regular file stands there under the log's name: move it "
    "away, or set LOG_DIR to another folder.",
    "disk_remedy_full": "Make room on its disk or raise its quota, or set LOG_DIR to another folder.",
    "disk_remedy_missing": "Make the folder, or set LOG_DIR to another one.",
    "disk_remedy_other": "Look after the folder, or set LOG_DIR to another one.",
    "left_alone": "old log files: {files}, of which only {keep} would stay by default; none is removed until "
    "LOG_KEEP is set or the operator agrees",
    "old_files": "Remove old log files…",
    "old_files_help": "The oldest {files} files are removed for good: those that were put aside from {first} "
    "to {last}, {size} together. The newest {keep} stay, and from then on no more than these, also after a "
    "restart. To keep more, set LOG_KEEP instead.",
    "old_files_remove": "Remove these {files} files",
    "old_files_other": "The old files have changed meanwhile, and none was removed. Please read again which "
    "ones they are.",
    "old_files_error": "Nothing was removed, since the agreement cannot be noted: {error}",
}

ZH = {
    "disk_error": "日志无法写入文件夹 {folder}（{error}）。{remedy}",
    "disk_error_here": "日志无法写入。",
    "disk_remedy_permission": "请授予运行本应用的用户写权限，或将 LOG_DIR 设为其他文件夹。",
    "disk_remedy_read_only": "请以可写方式挂载该文件系统，或将 LOG_DIR 设为其他文件夹。",
    "disk_remedy_no_folder": "该路径或其上级是文件而不是文件夹：请移走该文件，或将 LOG_DIR 设为其他文件夹。",
    "disk_remedy_no_file": "日志的文件名被占用，且不是普通文件：请将其移走，或将 LOG_DIR 设为其他文件夹。",
    "disk_remedy_full": "请清理磁盘空间或提高配额，或将 LOG_DIR 设为其他文件夹。",
    "disk_remedy_missing": "请创建该文件夹，或将 LOG_DIR 设为其他文件夹。",
    "disk_remedy_other": "请检查该文件夹，或将 LOG_DIR 设为其他文件夹。",
    "left_alone": "旧日志有 {files} 个，默认只保留 {keep} 个：设置 LOG_KEEP 或经操作员同意之前不会删除",
    "old_files": "删除旧日志…",
    "old_files_help": "将永久删除最旧的 {files} 个文件：归档时间从 {first} 到 {last}，共 {size}。"
    "保留最新的 {keep} 个，今后（包括重启后）也只保留这么多。如需保留更多，请设置 LOG_KEEP。",
    "old_files_remove": "删除这 {files} 个文件",
    "old_files_other": "旧日志在此期间有变化，未删除任何文件。请重新查看将删除哪些文件。",
    "old_files_error": "无法记录您的同意，未删除任何文件：{error}",
}


def cannot_write(folder: str, error: str, remedy: str, words: Words) -> str:
    """Return why a log cannot be written and what to do; `remedy` is the name of one."""
    return words["disk_error"].format(folder=folder, error=error, remedy=words[f"disk_remedy_{remedy}"])
