"""Grading for the tidu course. 课程评分。"""
