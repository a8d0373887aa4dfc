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
}


def cannot_write(folder: str, error: str, remedy: str, words: Words) -> str:
    """Return why a log cannot be written and what to do; `remedy` is the name of one."""
    return words["disk_error"].format(folder=folder, error=error, remedy=words[f"disk_remedy_{remedy}"])
